"""Writes the edge activations of a PyTorch Geometric model for `outcrop analyze`.

    python dump_activations.py FOLDER

trains a small graph transformer on random molecule-like graphs and writes base.safetensors (before
training) and trained.safetensors (after it) to FOLDER. `dump` is what to copy: it works for every
model whose layers are `MessagePassing` modules. Needs: pip install torch torch_geometric safetensors
"""
import sys

import torch
from safetensors.torch import save_file
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader
from torch_geometric.nn import MessagePassing, TransformerConv, global_add_pool


# begin of the guide's part
def dump(model, loader, path):
    """One matrix [edges, width] per layer, with the type of each edge and the first edge of each graph."""
    rows, types, offsets = {}, [], [torch.zeros(1, dtype=torch.long)]
    hooks = [
        layer.register_message_forward_hook(
            lambda _, inputs, message, name=name: rows.setdefault(name, []).append(message.flatten(1).cpu()))
        for name, layer in model.named_modules() if isinstance(layer, MessagePassing)]
    with torch.no_grad():
        for batch in loader:
            model(batch)
            types.append(batch.edge_type.cpu())
            graph_of_edge = batch.batch[batch.edge_index[0]]
            offsets.append(offsets[-1][-1] + graph_of_edge.bincount(minlength=batch.num_graphs).cumsum(0).cpu())
    for hook in hooks:
        hook.remove()
    tensors = {name: torch.cat(parts) for name, parts in rows.items()}
    for name in rows:
        tensors[f"{name}/edge_types"] = torch.cat(types)
        tensors[f"{name}/batch_offsets"] = torch.cat(offsets)
    save_file(tensors, path)
# end of the guide's part


class GraphTransformer(torch.nn.Module):
    def __init__(self, width=32, heads=4, depth=3):
        super().__init__()
        self.nodes = torch.nn.Embedding(10, width)
        self.edges = torch.nn.Embedding(4, width)
        self.layers = torch.nn.ModuleList(
            TransformerConv(width, width // heads, heads, edge_dim=width) for _ in range(depth))
        self.head = torch.nn.Linear(width, 1)

    def forward(self, batch):
        h, e = self.nodes(batch.x), self.edges(batch.edge_type)
        for layer in self.layers:
            h = h + layer(h, batch.edge_index, e).relu()
        return self.head(global_add_pool(h, batch.batch)).squeeze(1)


def molecule():
    """A random tree of 5 to 20 atoms with a few more bonds; its label depends on atoms and bonds."""
    atoms = int(torch.randint(5, 21, ()))
    pairs = [(i, int(torch.randint(0, i, ()))) for i in range(1, atoms)]
    pairs += [tuple(torch.randperm(atoms)[:2].tolist()) for _ in range(atoms // 5)]
    edges = torch.tensor(pairs + [(b, a) for a, b in pairs]).T
    bonds = torch.randint(0, 4, (len(pairs),)).repeat(2)
    x = torch.randint(0, 10, (atoms,))
    label = (x[edges[0]] * (bonds == 2)).float().mean() + 0.1 * x.float().mean()
    return Data(x=x, edge_index=edges, edge_type=bonds, y=label)


if __name__ == "__main__":
    torch.manual_seed(1)
    folder = sys.argv[1]
    train = DataLoader([molecule() for _ in range(256)], batch_size=32, shuffle=True)
    test = DataLoader([molecule() for _ in range(64)], batch_size=32)
    model = GraphTransformer()
    dump(model, test, f"{folder}/base.safetensors")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(20):
        for batch in train:
            optimizer.zero_grad()
            torch.nn.functional.l1_loss(model(batch), batch.y).backward()
            optimizer.step()
    dump(model, test, f"{folder}/trained.safetensors")
