#!/usr/bin/env python3
"""Writes the files of node-link JSON in ../Truth with NetworkX, and networkx.json with what is in them.

    pip install networkx    # written with 3.6.1
    python3 make_networkx.py
"""
import json
import os
import random

import networkx as nx

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Truth")
truth = {}


def facts(graph):
    """Nodes, directed edges and the degree at which edges enter each node, in the order of nodes."""
    directed = graph if graph.is_directed() else graph.to_directed()
    return {
        "nodes": graph.number_of_nodes(),
        # An undirected loop is one directed edge.
        "edges": directed.number_of_edges(),
        "inDegrees": [directed.in_degree(node) for node in graph],
    }


def write(name, graphs, **options):
    lines = [json.dumps(nx.node_link_data(graph, **options), default=str) for graph in graphs]
    with open(os.path.join(folder, name), "w") as file:
        file.write("\n".join(lines) + "\n")
    truth[name] = [facts(graph) for graph in graphs]


random.seed(1)
os.makedirs(folder, exist_ok=True)

karate = nx.karate_club_graph()
with open(os.path.join(folder, "karate.json"), "w") as file:
    json.dump(nx.node_link_data(karate, edges="links"), file, indent=1)
truth["karate.json"] = [facts(karate) | {
    "officers": [node for node in karate if karate.nodes[node]["club"] == "Officer"],
    "weights": [float(karate.edges[edge]["weight"]) for edge in karate.edges],
}]

calls = nx.MultiDiGraph()
people = ["Ana", "Bo", "Çelik", 'D"', "E\\f", "7"]
for index, person in enumerate(people):
    calls.add_node(person, role=["lead", "staff"][index % 2], **({"age": 20 + 7 * index} if index else {}))
for _ in range(14):
    calls.add_edge(random.choice(people), random.choice(people), minutes=round(random.uniform(0, 9), 2))
write("calls.json", [calls], edges="edges")

grid = nx.grid_2d_graph(3, 4)
for node in grid:
    grid.nodes[node]["label"] = float(sum(node)) / 2
    grid.nodes[node]["feat"] = [node[0] * 0.5, node[1] * 0.25]
write("grid.json", [grid], edges="links")

rings = []
for number in range(12):
    ring = nx.cycle_graph(3 + number % 4) if number % 2 else nx.path_graph(3 + number % 4)
    ring.graph["label"] = "ring" if number % 2 else "path"
    for node in ring:
        ring.nodes[node]["kind"] = random.choice("CNO")
    for edge in ring.edges:
        ring.edges[edge]["bond"] = random.randint(1, 3)
    rings.append(ring)
write("rings.jsonl", rings, edges="edges")

loops = nx.Graph()
loops.add_edges_from([(0, 0), (0, 1), (1, 2), (2, 2), (2, 3)])
for number, edge in enumerate(loops.edges):
    loops.edges[edge]["weight"] = number + 0.5
write("loops.json", [loops], edges="links")

with open(os.path.join(folder, "networkx.json"), "w") as file:
    json.dump(truth, file, indent=1, sort_keys=True)
    file.write("\n")
