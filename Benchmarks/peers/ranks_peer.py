"""Trains the GraphTransformer of torch_peer.py under torch.distributed (gloo), in alternation with one process.

    python ranks_peer.py --data ZINC [--processes 2] [--batch 128] [--steps 20] [--rounds 2]

Every process of DistributedDataParallel takes its part of each batch, with one thread; one process takes the whole batch
with as many threads as there are processes. Prints the median time of a step of both, and whether losses and parameters
after the same steps depend on the number of processes. Batch normalization works by process: SyncBatchNorm, which
would use the moments over all processes, is tried and needs a GPU.
"""
import argparse
import hashlib
import os
import statistics
import tempfile
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing
from torch.nn.parallel import DistributedDataParallel

from torch_peer import Batch, Model, read_graphs


def train(rank, count, threads, graphs, arguments, place, results):
    torch.set_num_threads(threads)
    if count > 1:
        dist.init_process_group("gloo", init_method=f"file://{place}", rank=rank, world_size=count)
    part = slice(arguments.batch * rank // count, arguments.batch * (rank + 1) // count)
    batches = [
        Batch(graphs[i : i + arguments.batch][part])
        for i in range(0, len(graphs) - arguments.batch + 1, arguments.batch)
    ]
    torch.manual_seed(0)
    model = Model("GT")
    if arguments.synchronized:
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    # The parameters of the last layer's edges get no gradient: the readout does not read them.
    run = DistributedDataParallel(model, find_unused_parameters=True) if count > 1 else model
    optimizer = torch.optim.Adam(model.parameters(), lr=7e-4)
    seconds, losses = [], []
    for step in range(arguments.steps):
        batch = batches[step % len(batches)]
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = (run(batch.atoms, batch.bonds, batch.source, batch.destination, batch.graph, batch.counts)
                - batch.target).abs().mean()
        loss.backward()
        optimizer.step()
        value = loss.detach().clone()
        seconds.append(time.perf_counter() - start)
        if count > 1:
            dist.all_reduce(value)
        losses.append(value.item() / count)
    if rank == 0:
        digest = hashlib.sha256()
        for parameter in model.parameters():
            digest.update(parameter.detach().numpy().tobytes())
        results.put((seconds, losses, digest.hexdigest()))
    if count > 1:
        dist.destroy_process_group()


def measure(count, threads, graphs, arguments):
    results = multiprocessing.get_context("spawn").SimpleQueue()
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(
            train, (count, threads, graphs, arguments, os.path.join(folder, "store"), results), nprocs=count)
    return results.get()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    arguments.synchronized = False
    graphs = read_graphs(arguments.data, 10 * arguments.batch)
    ways = {
        f"1 process, {arguments.processes} threads": (1, arguments.processes),
        f"{arguments.processes} processes, 1 thread": (arguments.processes, 1),
    }
    found = {way: [] for way in ways}
    for _ in range(arguments.rounds):
        for way, (count, threads) in ways.items():
            found[way].append(measure(count, threads, graphs, arguments))
    medians = {}
    for way, runs in found.items():
        # The first steps take memory and tune kernels.
        times = [1e3 * s for seconds, _, _ in runs for s in seconds[5:]]
        medians[way] = statistics.median(times)
        digests = {digest for _, _, digest in runs}
        print(
            f"torch {torch.__version__}, GT on ZINC, batch {arguments.batch}, {way}: {medians[way]:.1f} ms a step "
            f"({min(times):.1f} - {max(times):.1f}); loss after {arguments.steps} steps {runs[0][1][-1]:.6f}; "
            f"{len(digests)} different results in {len(runs)} rounds")
    (one, many) = found.values()
    first, second = medians.values()
    print(f"{arguments.processes} processes against 1: {100 * first / second:.0f}% of its speed")
    gap = max(abs(a - b) / abs(a) for a, b in zip(one[0][1], many[0][1]))
    print(
        f"parameters {'equal' if one[0][2] == many[0][2] else 'differ'} between 1 and {arguments.processes} processes; "
        f"the losses differ by up to {100 * gap:.2g}%")
    arguments.synchronized, arguments.steps = True, 1
    try:
        measure(arguments.processes, 1, graphs, arguments)
        print("SyncBatchNorm runs")
    except Exception as error:
        print("SyncBatchNorm: " + str(error).strip().splitlines()[-1])


if __name__ == "__main__":
    main()
