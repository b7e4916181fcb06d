"""Edge betweenness, edge-type entropy, endpoint degree and balanced Forman curvature of random graphs.

Betweenness is NetworkX's and, independently, that of a list of all shortest paths; the rest comes from
the definitions. Needs numpy and networkx.

Writes Truth/metrics.json:  python Tests/OutcropGraphTests/Scripts/metrics_truth.py
"""

import itertools
import json
from math import log2
from pathlib import Path

import networkx as nx
import numpy as np


def by_all_paths(graph):
    """Betweenness from every shortest path, one by one."""
    sums = {frozenset(edge): 0.0 for edge in graph.edges}
    for s, t in itertools.combinations(graph.nodes, 2):
        if not nx.has_path(graph, s, t):
            continue
        paths = list(nx.all_shortest_paths(graph, s, t))
        for path in paths:
            for edge in zip(path, path[1:]):
                sums[frozenset(edge)] += 1 / len(paths)
    return sums


def entropy(edges, types, u, v):
    around = {(frozenset(e), t) for e, t in zip(edges, types) if set(e) & {u, v}}
    counts = np.unique([t for _, t in around], return_counts=True)[1]
    shares = counts / counts.sum()
    return float(-sum(p * log2(p) for p in shares)) + 0.0


def curvature(graph, u, v):
    """Balanced Forman curvature by the adjacency matrices of Topping et al. 2022; None for a loop."""
    if u == v:
        return None
    simple = graph.copy()
    simple.remove_edges_from(list(nx.selfloop_edges(graph)))
    a = nx.to_numpy_array(simple, nodelist=sorted(simple.nodes))
    d = a.sum(axis=1)
    small, large = min(d[u], d[v]), max(d[u], d[v])
    if small == 1:
        return 0.0
    triangles = float(a[u] @ a[v])

    def four_cycles(i, j):
        """For each k of i that is neither j nor adjacent to j: nodes w with k - w - j and w not adjacent to i."""
        only_j = a[j] * (1 - a[i])
        only_j[i] = 0
        found = []
        for k in np.flatnonzero(a[i]):
            if k != j and not a[j, k]:
                found.append(float(a[k] @ only_j))
        return [n for n in found if n > 0]

    of_u, of_v = four_cycles(u, v), four_cycles(v, u)
    result = 2 / d[u] + 2 / d[v] - 2 + 2 * triangles / large + triangles / small
    if of_u or of_v:
        result += (len(of_u) + len(of_v)) / (max(of_u + of_v) * large)
    return float(result)


def case(random, nodes, density, directed=0.0, repeats=0, loops=0, types=4):
    edges = []
    for pair in itertools.combinations(range(nodes), 2):
        if random.random() < density:
            both = [pair, pair[::-1]]
            edges += both if random.random() >= directed else [both[random.integers(2)]]
    label = {frozenset(e): int(random.integers(types)) for e in edges}
    kinds = [label[frozenset(e)] for e in edges]
    for _ in range(repeats if edges else 0):
        edges.append(edges[random.integers(len(edges))])
        kinds.append(int(random.integers(types)))
    for _ in range(loops):
        node = int(random.integers(nodes))
        edges.append((node, node))
        kinds.append(int(random.integers(types)))
    order = random.permutation(len(edges))
    edges, kinds = [edges[i] for i in order], [kinds[i] for i in order]
    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(edges)
    found = nx.edge_betweenness_centrality(graph, normalized=False)
    scaled = nx.edge_betweenness_centrality(graph, normalized=True)
    slow = by_all_paths(graph)
    for (u, v), value in found.items():
        assert abs(value - slow[frozenset((u, v))]) < 1e-9
    def lookup(values, u, v):
        return values[(u, v)] if (u, v) in values else values[(v, u)]

    simple = graph.copy()
    simple.remove_edges_from(nx.selfloop_edges(graph))
    return {
        "nodes": nodes,
        "sources": [u for u, _ in edges],
        "destinations": [v for _, v in edges],
        "types": kinds,
        "betweenness": [lookup(found, u, v) for u, v in edges],
        "normalized": [lookup(scaled, u, v) for u, v in edges],
        "entropy": [entropy(edges, kinds, u, v) for u, v in edges],
        "degree": [simple.degree[u] + simple.degree[v] for u, v in edges],
        "curvature": [curvature(graph, u, v) for u, v in edges],
    }


def main():
    random = np.random.default_rng(8)
    cases = [
        case(random, 1, 0), case(random, 1, 0, loops=2), case(random, 2, 1), case(random, 5, 0),
        case(random, 9, 0.3), case(random, 12, 0.15), case(random, 20, 0.1, directed=0.5),
        case(random, 14, 0.2, repeats=12, loops=5), case(random, 40, 0.03, repeats=3, loops=1),
        case(random, 45, 0.08), case(random, 9, 1.0, types=2), case(random, 70, 0.04, types=1),
    ]
    for graph in [nx.cycle_graph(6), nx.path_graph(9), nx.star_graph(5), nx.grid_2d_graph(4, 4)]:
        graph = nx.convert_node_labels_to_integers(graph)
        adjacency = nx.to_numpy_array(graph)
        fixed = case(random, len(adjacency), 0)
        edges = [tuple(map(int, e)) for e in np.argwhere(adjacency)]
        values = nx.edge_betweenness_centrality(graph, normalized=False)
        scaled = nx.edge_betweenness_centrality(graph, normalized=True)
        fixed.update(
            sources=[u for u, _ in edges], destinations=[v for _, v in edges],
            types=[(u * v) % 3 for u, v in edges],
            betweenness=[values[(min(e), max(e))] for e in edges],
            normalized=[scaled[(min(e), max(e))] for e in edges],
            entropy=[entropy(edges, [(u * v) % 3 for u, v in edges], *e) for e in edges],
            degree=[graph.degree[u] + graph.degree[v] for u, v in edges],
            curvature=[curvature(graph, *e) for e in edges])
        cases.append(fixed)
    path = Path(__file__).parent.parent / "Truth" / "metrics.json"
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
