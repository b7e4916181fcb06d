"""Writes the truth for the array-file tests, with NumPy, torch and safetensors themselves.

    python make_truth.py [GOLDEN_FOLDER]

types.safetensors, types.json   every type, as the reference writer lays it out, and its values
npy.json                        npy files of every type, version, byte order and layout, with values
verdicts.json                   sound, broken and mutated headers, and whether the reference
                                implementation accepts them
golden.json                     digests of the golden files (only when their folder is given)
"""
import base64, io, json, pathlib, random, struct, sys, warnings, zlib

import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

here = pathlib.Path(__file__).parent
warnings.simplefilter("ignore")


def text(array):
    """Values in row-major order, as strings that read back exactly."""
    return [str(v) if isinstance(v, int) else repr(v) for v in array.ravel().tolist()]


def b64(data):
    return base64.b64encode(data).decode()


def dump(name, value):
    (here / name).write_text(json.dumps(value, indent=None, sort_keys=True).replace("}, ", "},\n") + "\n")


def types():
    tensors = {
        "f64": torch.tensor([[0.1, -2.5e-300], [np.inf, 1 / 3]], dtype=torch.float64),
        "f32": torch.tensor([[0.1, -1e-45, 3.4e38]], dtype=torch.float32),
        "f16": torch.tensor([0.1, -6e-8, 65504, -np.inf, 1024.5, 0], dtype=torch.float16),
        "bf16": torch.tensor([0.1, -1e-40, 3e38, np.inf, -7], dtype=torch.bfloat16),
        "i64": torch.tensor([2**63 - 1, -(2**63), 2**53 + 1], dtype=torch.int64),
        "i32": torch.tensor([2**31 - 1, -(2**31)], dtype=torch.int32),
        "i16": torch.tensor([-32768, 32767, 5], dtype=torch.int16),
        "i8": torch.tensor([-128, 127, 1], dtype=torch.int8),
        "u8": torch.tensor([0, 255, 7], dtype=torch.uint8),
        "u16": torch.tensor([0, 65535, 7], dtype=torch.uint16),
        "u32": torch.tensor([0, 2**32 - 1], dtype=torch.uint32),
        "u64": torch.tensor([0, 2**63 - 1], dtype=torch.uint64),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(4.25),
        "empty": torch.zeros((0, 3), dtype=torch.float32),
        'é "quoted" \\ \n\x01/': torch.tensor([1.0], dtype=torch.float32),
    }
    safetensors.torch.save_file(tensors, here / "types.safetensors", {"note": 'tab\t"é"'})
    (here / "types.safetensors").chmod(0o644)
    names = {torch.bfloat16: "BF16", torch.bool: "BOOL"}
    dump("types.json", {
        name: {
            "dtype": names.get(t.dtype)
            or str(t.dtype).replace("torch.", "").replace("uint", "U").replace("int", "I")
            .replace("float", "F"),
            "shape": list(t.shape),
            "values": text(t.to(torch.float64).numpy() if t.is_floating_point() else t.numpy()),
        }
        for name, t in tensors.items()
    })


def npy():
    rng = np.random.default_rng(20)
    shapes = [(), (0,), (5,), (2, 3), (2, 3, 4), (0, 3), (3, 1, 2, 2), (1,), (7, 2)]
    cases = []
    kinds = ["b1", "u1", "i1", "u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"]
    for number, (kind, order, fortran) in enumerate(
        (k, o, f) for k in kinds for o in "<>" for f in (False, True)
    ):
        plain = order == "<" and not fortran
        version = (1, 0) if plain else [(1, 0), (2, 0), (3, 0)][number % 3]
        shape = shapes[4] if number % 4 == 3 else shapes[number * 2 % len(shapes)]
        if kind[0] == "f":
            array = rng.normal(size=shape) * 1000
        elif kind == "b1":
            array = rng.integers(0, 2, shape)
        else:
            info = np.iinfo(kind)
            array = rng.integers(info.min, min(info.max, 2**63 - 1), shape, np.int64, True)
        array = np.asarray(array).astype(order + kind)
        array = np.asfortranarray(array) if fortran else np.ascontiguousarray(array)
        array = array.reshape(shape, order="F" if fortran else "C")
        file = io.BytesIO()
        np.lib.format.write_array(file, array, version)
        cases.append({
            "data": b64(file.getvalue()), "kind": kind, "bigEndian": array.dtype.str[0] == ">",
            "shape": list(shape), "values": text(array), "version": version[0],
            # What NumPy's own default writer produces for the values.
            "plain": plain,
            "fortran": array.flags.f_contiguous and not array.flags.c_contiguous,
        })
    dump("npy.json", cases)


def safetensors_accepts(data):
    try:
        safetensors.deserialize(data)
        return True
    except safetensors.SafetensorError:
        return False


def npy_accepts(data):
    try:
        np.load(io.BytesIO(data), allow_pickle=False)
        return True
    except Exception:
        return False


def mutations(rng, build, header, tokens, count):
    """Files with one to three random edits: to the header's text (its length then made to fit),
    and in every fifth case to the finished file."""
    for number in range(count):
        whole = number % 5 == 0
        b = bytearray(build(header) if whole else header)
        start = 6 if whole and b[0] == 0x93 else 0
        for _ in range(rng.choice((1, 1, 2, 3))):
            at = rng.randrange(start, len(b))
            edit = rng.randrange(4)
            if edit == 0:
                b[at] = rng.randrange(256)
            elif edit == 1:
                del b[at : at + rng.randrange(1, 4)]
            elif edit == 2:
                b[at:at] = rng.choice(tokens)
            else:
                token = rng.choice(tokens)
                b[at : at + len(token)] = token
        yield bytes(b) if whole else build(bytes(b))


def verdicts():
    rng = random.Random(7)

    def st(header, data=b""):
        header = header if isinstance(header, bytes) else header.encode()
        return struct.pack("<Q", len(header)) + header + data

    def one(dtype='"U8"', shape="[2]", offsets="[0,2]", extra="", name='"a"'):
        return (f'{{{name}:{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}{extra}}}}}')

    two = ('{"a":{"dtype":"U8","shape":[2],"data_offsets":[%d,%d]},'
           '"b":{"dtype":"U8","shape":[2],"data_offsets":[%d,%d]}}')
    d2, d4 = b"\1\2", b"\1\2\3\4"
    hand = {
        "sound": st(one(), d2),
        "no tensors": st("{}"),
        "metadata alone": st('{"__metadata__":{"k":"v"}}'),
        "padding spaces": st(one() + "     ", d2),
        "padding zeros": st(one() + "\0\0\0", d2),
        "leading space": st(" " + one(), d2),
        "spaces inside": st(one().replace(":", " : ").replace(",", " ,\n"), d2),
        "empty header": st("", b""),
        "array header": st("[]"),
        "text after": st(one() + "x", d2),
        "second object": st(one() + "{}", d2),
        "unclosed": st(one()[:-1], d2),
        "trailing comma": st(one()[:-1] + ",}", d2),
        "trailing byte": st(one(), b"\1\2\3"),
        "missing byte": st(one(), b"\1"),
        "data without tensors": st("{}", b"\1"),
        "unknown dtype": st(one('"U9"'), d2),
        "lower-case dtype": st(one('"u8"'), d2),
        "dtype number": st(one("8"), d2),
        "dtype null": st(one("null"), d2),
        "negative extent": st(one(shape="[-2]"), d2),
        "fraction extent": st(one(shape="[2.0]"), d2),
        "exponent extent": st(one(shape="[2e0]"), d2),
        "leading zero": st(one(shape="[02]"), d2),
        "text extent": st(one(shape='["2"]'), d2),
        "nested extent": st(one(shape="[[2]]"), d2),
        "shape too small": st(one(shape="[1]"), d2),
        "shape too large": st(one(shape="[3]"), d2),
        "scalar": st(one(shape="[]", offsets="[0,1]"), b"\1"),
        "zero extent": st(one(shape="[0,5]", offsets="[0,0]")),
        "overflowing product": st(one(shape="[4294967296,4294967296]", offsets="[0,0]")),
        "overflow times zero": st(
            one(shape="[9223372036854775807,9223372036854775807,0]", offsets="[0,0]")),
        "wrapping product": st(one(shape="[9223372036854775809,2]"), d2),
        "overflowing bytes": st(one('"F64"', "[2305843009213693952]", "[0,0]")),
        "number above 64 bits": st(one(shape="[99999999999999999999999999]"), d2),
        "offsets reversed": st(one(offsets="[2,0]"), d2),
        "offsets negative": st(one(offsets="[-2,0]"), d2),
        "offsets huge": st(one(offsets="[18446744073709551614,18446744073709551616]"), d2),
        "offsets past end": st(one(offsets="[2,4]"), d2),
        "one offset": st(one(offsets="[2]"), d2),
        "three offsets": st(one(offsets="[0,2,4]"), d2),
        "no shape": st('{"a":{"dtype":"U8","data_offsets":[0,2]}}', d2),
        "entry is text": st('{"a":"U8"}', d2),
        "sound pair": st(two % (0, 2, 2, 4), d4),
        "pair in reverse": st(two % (2, 4, 0, 2), d4),
        "overlap": st(two % (0, 2, 1, 3), b"\1\2\3"),
        "same range": st(two % (0, 2, 0, 2), d2),
        "gap": st(two % (0, 2, 3, 5), b"\1\2\3\4\5"),
        "leading gap": st(one(offsets="[1,3]"), b"\1\2\3"),
        "escaped name": st(one(name='"\\u0061\\n\\ud83d\\ude00"'), d2),
        "lone surrogate": st(one(name='"\\ud83d"'), d2),
        "swapped surrogates": st(one(name='"\\ude00\\ud83d"'), d2),
        "bad escape": st(one(name='"\\x"'), d2),
        "short escape": st(one(name='"\\u00"'), d2),
        "bare control": st(one(name='"\n"'), d2),
        "invalid UTF-8": st(one().encode().replace(b'"a"', b'"\xff"'), d2),
        "overlong UTF-8": st(one().encode().replace(b'"a"', b'"\xc0\xaf"'), d2),
        "byte order mark": st(b"\xef\xbb\xbf" + one().encode(), d2),
        "metadata number": st('{"__metadata__":{"k":1}}'),
        "metadata nested": st('{"__metadata__":{"k":{}}}'),
        "metadata null": st('{"__metadata__":null}'),
        "deep nesting": st('{"a":' + "[" * 500),
        "deep objects": st('{"a":' * 200),
        "length past end": struct.pack("<Q", 1000) + one().encode() + d2,
        "length 100 MB": struct.pack("<Q", 100_000_001) + one().encode() + d2,
        "length huge": struct.pack("<Q", 2**64 - 1) + one().encode() + d2,
        "length 2^63": struct.pack("<Q", 2**63) + one().encode() + d2,
        "seven bytes": b"\0" * 7,
        "nothing": b"",
        "duplicate name": st((two % (0, 2, 2, 4)).replace('"b"', '"a"'), d4),
        "duplicate name escaped": st((two % (0, 2, 2, 4)).replace('"b"', '"\\u0061"'), d4),
        "duplicate dtype": st(one(extra=',"dtype":"U8"'), d2),
        "duplicate metadata": st('{"__metadata__":{},"__metadata__":{}}'),
        "duplicate metadata key": st('{"__metadata__":{"k":"v","k":"v"}}'),
        "unknown key": st(one(extra=',"extra":1'), d2),
        "rank 65": st(one(shape="[" + "1," * 64 + "2]"), d2),
    }
    pair = ('{"__metadata__":{"k":"v"},' + (two % (2, 4, 0, 2))[1:] + " ").encode()
    tokens = [t.encode() for t in (
        '"', "{", "}", "[", "]", ",", ":", "0", "1", "4", "-1", "1e1", "null", "true", "\\",
        "\\u0061", '"a"', '"b"', '"dtype"', '"U8"', '"I8"', '"F32"', "99999999999999999999", " ",
        "\xff", "[0,2]", "[2,4]", '"x":[],')]
    st_cases = [{"name": n, "data": b64(d), "accepted": safetensors_accepts(d)}
                for n, d in hand.items()]
    st_cases += [{"name": f"mutation {i}", "data": b64(d), "accepted": safetensors_accepts(d)}
                 for i, d in enumerate(mutations(rng, lambda h: st(h, d4), pair, tokens, 150))]

    def np_file(header, data=b"\1\2", version=1, minor=0):
        header = header if isinstance(header, bytes) else header.encode()
        length = struct.pack("<H" if version == 1 else "<I", len(header))
        return b"\x93NUMPY" + bytes([version, minor]) + length + header + data

    def head(descr="'|u1'", order="False", shape="(2,)", tail=""):
        return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, {tail}}}\n"

    hand = {
        "sound": np_file(head()),
        "version 2": np_file(head(), version=2),
        "version 3": np_file(head(), version=3),
        "version 4": np_file(head(), version=4),
        "version 0": np_file(head(), version=0),
        "minor version": np_file(head(), minor=1),
        "other magic": b"\x93NUMPX" + np_file(head())[6:],
        "double quotes": np_file(head().replace("'", '"')),
        "no trailing comma": np_file(head().replace(", }", "}")),
        "keys in another order": np_file("{'shape': (2,), 'fortran_order': True, 'descr': '|u1'}"),
        "order symbol on a byte": np_file(head("'<u1'")),
        "native order": np_file(head("'=u1'")),
        "bar on two bytes": np_file(head("'|u2'", shape="(1,)")),
        "object": np_file(head("'|O'", shape="()")),
        "complex": np_file(head("'<c8'", shape="()"), b"\0" * 8),
        "void": np_file(head("'|V2'", shape="(1,)")),
        "structured": np_file(head("[('a', '|u1'), ('b', '|u1')]", shape="(1,)")),
        "unknown type": np_file(head("'<q9'")),
        "not a tuple": np_file(head(shape="(2)")),
        "list": np_file(head(shape="[2]")),
        "negative": np_file(head(shape="(-2,)")),
        "two negatives": np_file(head(shape="(-2,-1)")),
        "float extent": np_file(head(shape="(2.0,)")),
        "text extent": np_file(head(shape="('2',)")),
        "expression": np_file(head(shape="(1+1,)")),
        "call": np_file(head(shape="(len('ab'),)")),
        "long extent": np_file(head(shape="(2L,)")),
        "overflow": np_file(head(shape="(4294967296,4294967296)")),
        "wrapping": np_file(head(shape="(9223372036854775809,2)")),
        "huge number": np_file(head(shape="(99999999999999999999999,)")),
        "order as number": np_file(head(order="0")),
        "missing key": np_file("{'descr': '|u1', 'shape': (2,)}"),
        "extra key": np_file(head(tail="'x': 1")),
        "short data": np_file(head(), b"\1"),
        "long data": np_file(head(), b"\1\2\3"),
        "scalar": np_file(head(shape="()"), b"\1"),
        "empty": np_file(head(shape="(0, 3)"), b""),
        "header past end": np_file(head())[:30],
        "header length huge": b"\x93NUMPY\2\0" + struct.pack("<I", 2**32 - 1) + head().encode(),
        "deep nesting": np_file("(" * 500),
        "nothing": b"",
    }
    tokens = [t.encode() for t in (
        "'", '"', "{", "}", "(", ")", ",", ":", "0", "1", "2", "-1", "L", "True", "False", "None",
        "'|u1'", "'<i2'", "'>f4'", "'descr'", "'shape'", "(2,)", " ", "\n", "\\", "#", "(1, 2)")]
    np_cases = [{"name": n, "data": b64(d), "accepted": npy_accepts(d)} for n, d in hand.items()]
    np_cases += [{"name": f"mutation {i}", "data": b64(d), "accepted": npy_accepts(d)}
                 for i, d in enumerate(mutations(rng, np_file, head().encode(), tokens, 100))]
    dump("verdicts.json", {"safetensors": st_cases, "npy": np_cases})


def golden(folder):
    """CRC-32 over dtype, shape and bytes of each tensor, by name, as the reference reader gives
    them."""
    result = {}
    for path in sorted(pathlib.Path(folder).glob("*.safetensors")):
        crc, total = 0, 0
        with safetensors.safe_open(path, "numpy") as file:
            for name in sorted(file.keys(), key=lambda n: n.encode()):
                array = file.get_tensor(name)
                note = f"{name}|{file.get_slice(name).get_dtype()}|{list(array.shape)}|"
                crc = zlib.crc32(array.tobytes(), zlib.crc32(note.encode(), crc))
                if array.dtype == np.int64:
                    total += int(array.sum())
            metadata = file.metadata() or {}
            note = "".join(f"{k}={metadata[k]}\n" for k in sorted(metadata))
            result[path.name] = {
                "tensors": len(file.keys()), "crc": zlib.crc32(note.encode(), crc),
                "integerSum": total}
    dump("golden.json", result)


types()
npy()
verdicts()
if len(sys.argv) > 1:
    golden(sys.argv[1])
