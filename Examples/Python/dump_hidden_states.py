#!/usr/bin/env python3
"""Writes the hidden states of a Hugging Face model, with each row's token, for `outcrop analyze`.

    pip install torch transformers safetensors
    python3 dump_hidden_states.py MODEL "Summer is warm. Winter is cold." states.safetensors

MODEL is a name of the hub or a folder; `random` makes a small GPT-2 with random weights and needs no download.
"""
import sys

import torch
from safetensors.torch import save_file


def dump(model, ids, tokens, path):
    """One matrix [tokens, channels] a layer, and the tokens' texts as bytes with line feeds between."""
    with torch.no_grad():
        states = model(input_ids=ids, output_hidden_states=True).hidden_states
    labels = "\n".join(token.replace("\n", "\\n") for token in tokens).encode()
    tensors = {}
    for layer, state in enumerate(states):
        tensors[f"layers.{layer}"] = state.flatten(0, 1).float().contiguous()
        tensors[f"layers.{layer}/labels"] = torch.frombuffer(bytearray(labels), dtype=torch.uint8).clone()
        tensors[f"layers.{layer}/positions"] = torch.arange(ids.shape[1]).repeat(ids.shape[0])
    save_file(tensors, path)


if __name__ == "__main__":
    name, text, path = sys.argv[1:4]
    if name == "random":
        from transformers import GPT2Config, GPT2Model

        torch.manual_seed(0)
        model = GPT2Model(GPT2Config(
            vocab_size=256, n_positions=512, n_embd=64, n_layer=4, n_head=4, bos_token_id=None, eos_token_id=None)).eval()
        tokens = list(text)
        ids = torch.tensor([[ord(token) % 256 for token in tokens]])
    else:
        from transformers import AutoModel, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModel.from_pretrained(name).eval()
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        tokens = tokenizer.convert_ids_to_tokens(ids[0])
    dump(model, ids, tokens, path)
