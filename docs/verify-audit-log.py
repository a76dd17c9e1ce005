#!/usr/bin/env python3
"""A second reading of an audit log, with Python's standard library only: python3 verify-audit-log.py EXPORT KEY [CHECKPOINT]

KEY is what `hyponema audit key` prints, CHECKPOINT a file with a checkpoint (or an export) kept from before. Prints one line a
finding and exits with 1 when there is one. Merkle trees: RFC 6962; signatures: RFC 8032; notes, checkpoints and tiles: C2SP."""
import base64, datetime, hashlib, json, sys

sha256 = lambda data: hashlib.sha256(data).digest()
node = lambda left, right: sha256(b"\1" + left + right)

def root(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"")
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node(root(hashes[:split]), root(hashes[split:]))

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

def add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, g, f, h = f - e, h - g, h + g, f + e
    return e * g % P, f * h % P, g * f % P, e * h % P

def times(scalar, point):
    total = (0, 1, 1, 0)
    for bit in range(scalar.bit_length()):
        if scalar >> bit & 1:
            total = add(total, point)
        point = add(point, point)
    return total

def point_of(data):
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y, 1, (P - x if x & 1 != sign else x) * y % P

BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def is_signed(key, message, signature):
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    (x1, y1, z1, _), (x2, y2, z2, _) = times(s, BASE), add(r, times(h, a))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0

def read_note(note, name, key):
    """Size and root of a checkpoint that this key signed, or None."""
    text, _, lines = note.rpartition("\n\n")
    for line in lines.splitlines():
        mark, signer, value = (line.split(" ") + ["", "", ""])[:3]
        data = base64.b64decode(value or "")
        known = sha256(name.encode() + b"\n\1" + key)[:4]
        if mark == "\u2014" and signer == name and data[:4] == known and is_signed(key, (text + "\n").encode(), data[4:]):
            origin, size, top = text.split("\n")[:3]
            return (int(size), base64.b64decode(top)) if origin == name else None
    return None

def time_of(event_id):
    """The milliseconds in an id: a UUIDv7 in Crockford's base32."""
    value = 0
    for letter in event_id.split("_")[1]:
        value = value * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(letter)
    return value >> 80

def main(path, verifier, kept=None):
    name, _, key = verifier.split("+", 2)
    key, found, leaves, ids, tiles, note, last = base64.b64decode(key)[1:], [], {}, {}, {}, "", -1
    millis = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000
    for line in map(json.loads, open(path, encoding="utf-8")):
        kind, at, event = line["kind"], line.get("sequence"), line.get("event_id")
        if kind == "header":
            since, until = line["bodies_since"] and millis(line["bodies_since"]), millis(line["exported_at"])
        elif kind == "event":
            if at < last:
                found.append(f"moved: event {at} stands behind event {last}")
            last = max(at, last)
            if at in leaves:
                found.append(f"added: a second event {at}")
                continue
            leaves[at], ids[at], body = bytes.fromhex(line["leaf_hash"]), event, line["body"]
            if body is None:
                if since is not None and time_of(event) >= since:
                    found.append(f"removed: event {at}: its body is missing")
            elif sha256(b"\0" + body.encode()) != leaves[at] or f'"id":"{event}"' not in body:
                found.append(f"altered: event {at}: its body is not what was sealed")
        elif kind == "uncovered" and time_of(event) < until - 60000:
            found.append(f"added: event {event} has no number in the tree")
        elif kind == "tile" and line["hashes"] is not None:
            data = base64.b64decode(line["hashes"])
            tiles[line["level"], line["index"]] = [data[i:i + 32] for i in range(0, len(data), 32)]
        elif kind == "checkpoint":
            note = line["note"]
    signed = read_note(note, name, key)
    if signed is None:
        found.append("unsigned: no checkpoint that this key signed")
    else:
        size, top = signed
        found += [f"removed: event {at} is missing" for at in range(size) if at not in leaves]
        found += [f"added: event {at} stands behind the last event of the checkpoint" for at in leaves if at >= size]
        trusted, edge = {}, []
        for level in range(9):
            count = size >> 8 * level
            tile = tiles.get((level, count >> 8), []) if count & 255 else []
            trusted[level, count >> 8] = tile if len(tile) == count & 255 else []
            edge = [root(trusted[level, count >> 8] + edge)] if trusted[level, count >> 8] + edge else []
        if size and edge != [top]:
            found.append("damaged: the tiles do not lead to the signed root")
            trusted = {}
        for level in range(8, 0, -1):
            for (_, index), hashes in [item for item in trusted.items() if item[0][0] == level]:
                for offset, hash_ in enumerate(hashes):
                    below = level - 1, index * 256 + offset
                    if root(tiles.get(below, [])) == hash_:
                        trusted[below] = tiles[below]
                    else:
                        found.append(f"damaged: tile {below[0]}/{below[1]} is not the one that the checkpoint covers")
        if all(at in leaves for at in range(size)) and root([leaves[at] for at in range(size)]) != top:
            wrong = [i * 256 + j for (l, i), hs in trusted.items() if l == 0 for j, h in enumerate(hs) if leaves[i * 256 + j] != h]
            found += [f"changed: event {at} is not what was sealed" for at in wrong] or ["rewritten: the events do not have the signed root"]
    if kept is not None:
        text = open(kept, encoding="utf-8").read()
        text = json.loads(text.splitlines()[-1])["note"] if text.startswith("{") else text
        older = read_note(text, name, key)
        if older is None or len(leaves) < older[0] or root([leaves[at] for at in sorted(leaves)][:older[0]]) != older[1]:
            found.append("rewritten: this is not the log that the earlier checkpoint covers")
    print("\n".join(found) or f"{name}: {len(leaves)} events as signed" + ("" if kept else "; internally consistent, history before the first anchor rests on the operator's word"))
    return 1 if found else 0

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
