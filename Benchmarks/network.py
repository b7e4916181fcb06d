#!/usr/bin/env python3
"""Trains over two hosts that are network namespaces of this machine, and compares the time of a step with a model.

    sudo Benchmarks/network.py PROGRAM --data ZINC [--rates none,10gbit,1gbit] [--rounds 3] [--steps 15] [--shards 8]

PROGRAM is `outcrop`, built with the package trait MPI and Open MPI. The hosts have names and addresses of their own and a
link whose bandwidth `tc` limits. Trains the published GraphTransformer on ZINC with batches of 128 graphs on one rank and
on two, one thread each; checks that the checkpoints have the same bits; measures a message of each size
(Benchmarks/messages.c) and prints the medians of steps beside the model's prediction (Docs/Scaling.md), and predictions
for more ranks. Needs root, `ip`, `tc` and `mpicc`. Run nothing else at the same time.
"""
import argparse
import hashlib
import json
import os
import statistics
import struct
import subprocess
import tempfile

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("program")
parser.add_argument("--data", required=True)
parser.add_argument("--rates", default="none,10gbit,1gbit")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--steps", type=int, default=15)
parser.add_argument("--shards", type=int, default=8)
arguments = parser.parse_args()
program, data = os.path.abspath(arguments.program), os.path.abspath(arguments.data)
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOSTS = {"outcrop-host1": "10.77.0.1", "outcrop-host2": "10.77.0.2"}


def shell(text, **options):
    return subprocess.run(["/bin/sh", "-c", text], check=True, **options)


def on_host(name, command):
    """A command in the namespaces of a host."""
    return ["ip", "netns", "exec", name, "unshare", "--uts", "/bin/sh", "-c",
            f'hostname {name}; exec "$0" "$@"'] + command


def make_hosts():
    remove_hosts()
    first, second = HOSTS
    for name in HOSTS:
        shell(f"ip netns add {name} && ip netns exec {name} ip link set lo up")
    shell(f"ip link add oc1 netns {first} type veth peer name oc2 netns {second}")
    for link, (name, address) in zip(["oc1", "oc2"], HOSTS.items()):
        shell(f"ip netns exec {name} ip addr add {address}/24 dev {link} && ip netns exec {name} ip link set {link} up")


def remove_hosts():
    for name in HOSTS:
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)


def limit(rate):
    for link, name in zip(["oc1", "oc2"], HOSTS):
        subprocess.run(["ip", "netns", "exec", name, "tc", "qdisc", "del", "dev", link, "root"], stderr=subprocess.DEVNULL)
        if rate != "none":
            shell(f"ip netns exec {name} tc qdisc add dev {link} root tbf rate {rate} burst 256kb latency 50ms")


def mpirun(place, command):
    """The words that start one rank on each host."""
    agent = os.path.join(place, "agent")
    with open(agent, "w") as file:
        cases = "".join(f"{address}) name={name} ;; " for name, address in HOSTS.items())
        file.write('#!/bin/sh\ncase "$1" in ' + cases + 'esac\nshift\n'
                   'exec ip netns exec "$name" unshare --uts /bin/sh -c "hostname $name; $*"\n')
    os.chmod(agent, 0o755)
    hosts = ",".join(f"{address}:1" for address in HOSTS.values())
    network = [word for kind in ["btl", "oob"] for word in ["--mca", f"{kind}_tcp_if_include", "10.77.0.0/24"]]
    return on_host(next(iter(HOSTS)), [
        "mpirun", "--allow-run-as-root", "--mca", "plm_rsh_agent", agent, "--mca", "btl", "tcp,self", "--mca", "pml", "ob1",
        *network, "--host", hosts, "-n", "2", "--bind-to", "none", "-x", "OUTCROP_NUM_THREADS", "-x", "LD_LIBRARY_PATH",
        "--wdir", place] + command)


def run(words, place):
    result = subprocess.run(
        words, cwd=place, env=dict(os.environ, OUTCROP_NUM_THREADS="1"), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=600)
    if result.returncode:
        raise SystemExit(f"{' '.join(words)}: exit status {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def checkpoint(path):
    """The seconds of a step of the last epoch, the digest without times, and the bytes of the gradients."""
    with open(path, "rb") as file:
        content = file.read()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    state = json.loads(header["__metadata__"]["training"])
    record = state["history"][-1]
    seconds = record["stepSeconds"] / record["steps"]
    for record in state["history"]:
        for name in ["seconds", "stepSeconds", "peakMemoryMB"]:
            record.pop(name, None)
    header["__metadata__"]["training"] = state
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode() + content[8 + size:]).hexdigest()
    gradients = sum(
        entry["data_offsets"][1] - entry["data_offsets"][0]
        for name, entry in header.items() if name.startswith("optimizer/first/"))
    return seconds, digest, gradients


def predicted(ranks, step, gradients, shards, bandwidth, latency):
    """The seconds of a step on `ranks` ranks, from the seconds of one on one rank (see Docs/Scaling.md)."""
    own = -(-shards // ranks)
    compute = step * own / shards
    if ranks == 1:
        return step
    shard = compute / own
    buckets = min(8, max(1, gradients // (ranks * 32768)))
    others = (ranks - 1) / ranks
    contributions, sums = own * gradients * others, gradients * others
    # A link that is slower than the passes ends later by what it has left; any other by the last bucket.
    exposed = max(
        shard * (1 / 3 + 2 / 3 / buckets) + contributions / bandwidth - compute,
        contributions / (own * buckets) / bandwidth)
    return compute + exposed + sums / bandwidth + 4 * (ranks - 1) * latency


make_hosts()
try:
    with tempfile.TemporaryDirectory(prefix="outcrop-network-") as place:
        os.chmod(place, 0o755)
        run(["mpicc", "-O2", f"{root}/Benchmarks/messages.c", "-o", f"{place}/messages"], place)
        train = [program, "train", "--dataset", data, "--batch-size", "128", "--shards", str(arguments.shards), "--epochs",
                 "2", "--overwrite", "--set", f"steps_per_epoch={arguments.steps}", "--checkpoint", "c"]
        print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors, {arguments.rounds} rounds")
        alone, times, links = [], {}, {}
        for rate in arguments.rates.split(","):
            limit(rate)
            lines = [line.split() for line in run(mpirun(place, [f"{place}/messages"]), place).splitlines()]
            for size, median, least, speed in lines:
                print(f"{rate:8} {int(size):9,} bytes both ways  {median:>10} us ({least} least)  {speed:>6} MB/s")
            links[rate] = (1e6 * float(lines[-2][3]), 1e-6 * float(lines[0][1]))
        digests = set()
        for _ in range(arguments.rounds):
            run(train, place)
            seconds, digest, gradients = checkpoint(f"{place}/c")
            alone.append(seconds)
            digests.add(digest)
            for rate in links:
                limit(rate)
                run(mpirun(place, train), place)
                seconds, digest, _ = checkpoint(f"{place}/c")
                times.setdefault(rate, []).append(seconds)
                digests.add(digest)
        step = statistics.median(alone)
        print(f"gradients {gradients / 1e6:.2f} MB; one rank {1e3 * step:.1f} ms a step")
        for rate, found in times.items():
            model = predicted(2, step, gradients, arguments.shards, *links[rate])
            print(f"{rate:8} two ranks {1e3 * statistics.median(found):8.1f} ms ({1e3 * min(found):.1f} - "
                  f"{1e3 * max(found):.1f}), predicted {1e3 * model:.1f} ms")
        print("the same bits everywhere" if len(digests) == 1 else f"PROBLEM: {len(digests)} different checkpoints")
        for name, bandwidth in [("1 Gbit/s", 0.118e9), ("10 Gbit/s", 1.18e9), ("100 Gbit/s", 11.8e9)]:
            parts = []
            for ranks in [1, 2, 4, 8, 16, 32, 64]:
                if ranks <= arguments.shards:
                    seconds = predicted(ranks, step, gradients, arguments.shards, bandwidth, 20e-6)
                    parts.append(f"{ranks}: {1e3 * seconds:.1f} ms ({step / seconds:.1f}x)")
            print(f"{name:10} predicted  " + "  ".join(parts))
        raise SystemExit(0 if len(digests) == 1 else 1)
finally:
    remove_hosts()
