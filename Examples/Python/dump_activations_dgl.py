"""`dump` writes the edge scores of a DGL model for `outcrop analyze`. Needs: torch, dgl, safetensors.

    from dump_activations_dgl import dump
    dump(model, [m for m in model.modules() if isinstance(m, EGATConv)], loader, predict, "base.safetensors")
"""
import torch
from safetensors.torch import save_file


# begin of the guide's part
def dump(model, layers, loader, predict, path):
    """`layers` return (nodes, edges, …), as EGATConv does; `predict` calls the model with a batched graph."""
    rows, types, counts = [[] for _ in layers], [], []
    hooks = [
        layer.register_forward_hook(lambda _, inputs, output, kept=kept: kept.append(output[1].flatten(1).cpu()))
        for layer, kept in zip(layers, rows)]
    with torch.no_grad():
        for graph in loader:
            predict(model, graph)
            types.append(graph.edata["type"].cpu())
            counts.append(graph.batch_num_edges().cpu())
    for hook in hooks:
        hook.remove()
    tensors = {}
    for number, parts in enumerate(rows):
        tensors[f"layers.{number}.e"] = torch.cat(parts)
        tensors[f"layers.{number}.e/edge_types"] = torch.cat(types)
        tensors[f"layers.{number}.e/batch_offsets"] = torch.cat([torch.tensor([0]), *counts]).cumsum(0)
    save_file(tensors, path)
# end of the guide's part
