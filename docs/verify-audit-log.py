#!/usr/bin/env python3
"""A second reading of an audit log, with Python's standard library only: python3 verify-audit-log.py EXPORT KEY [CHECKPOINT]

KEY is what `hyponema audit key` prints, CHECKPOINT a file with a checkpoint (or an export) kept from before. Prints one line a
finding and exits with 1 when there is one. Merkle trees: RFC 6962; signatures: RFC 8032; notes, checkpoints and tiles: C2SP."""
import base64, datetime, hashlib, json, re, sys

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
    form = re.fullmatch(r"([^\s+]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)", text)
    for line in lines.split("\n"):
        mark = re.fullmatch("\u2014 ([^ ]+) ([A-Za-z0-9+/]{91}=)", line)
        data = base64.b64decode(mark[2]) if mark and form and mark[1] == name == form[1] else b""
        if data[:4] == sha256(name.encode() + b"\n\1" + key)[:4] and is_signed(key, (text + "\n").encode(), data[4:]):
            return int(form[2]), base64.b64decode(form[3])
    return None

text = lambda value: type(value) is str
number = lambda value: type(value) is int and 0 <= value < 2**53
hash_of = lambda value: text(value) and re.fullmatch("[0-9a-f]{64}", value)
millis = lambda value: datetime.datetime.fromisoformat(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value)[0][:-1] + "+00:00").timestamp() * 1000
FORMS = {
    "header": {"format": "hyponema-audit-export/1".__eq__, "origin": text, "size": number, "exported_at": millis, "bodies_since": lambda v: v is None or millis(v)},
    "event": {"sequence": number, "event_id": text, "leaf_hash": hash_of, "body": lambda v: v is None or text(v)},
    "uncovered": {"event_id": text, "body": text},
    "tile": {"level": number, "index": number, "hashes": lambda v: v is None or text(v) and (v == "" or base64.b64decode(v, validate=True))},
    "checkpoint": {"note": text},
}

def read_line(line):
    """One line of an export, or None for what is none."""
    try:
        value = json.loads(line)
        form = FORMS[value["kind"]]
        return value if value.keys() == {"kind", *form} and all(test(value[name]) for name, test in form.items()) else None
    except (ValueError, KeyError, TypeError):
        return None

def time_of(event_id):
    """The milliseconds in an id: a UUIDv7 in Crockford's base32. None for what is no id of an event."""
    letters, value = "0123456789abcdefghjkmnpqrstvwxyz", 0
    for letter in event_id[4:14]:
        value = value * 32 + letters.find(letter)
    return value if re.fullmatch(f"aud_[0-7][{letters}]{{25}}", event_id) else None

def main(path, verifier, kept=None):
    name, _, key = verifier.strip().split("+", 2)
    key, found, leaves, ids, tiles, uncovered, note, last, newest, oldest = base64.b64decode(key)[1:], [], {}, set(), {}, [], None, -1, 0, float("inf")
    header, since, until = None, float("inf"), float("inf")
    lines = (line for line in open(path, encoding="utf-8", errors="replace", newline="\n") if line != "\n")
    for order, line in enumerate(map(read_line, lines)):
        kind = line["kind"] if line else "none"
        at, event = (line.get("sequence"), line.get("event_id")) if line else (None, None)
        if kind == "header" and order == 0:
            header, until = line, millis(line["exported_at"])
            since = millis(line["bodies_since"]) if line["bodies_since"] else since
        elif kind == "event":
            if at < last:
                found.append(f"moved: event {at} stands behind event {last}")
            last = max(at, last)
            if at in leaves:
                found.append(f"added: a second event {at}")
                continue
            leaves[at], body, time = bytes.fromhex(line["leaf_hash"]), line["body"], time_of(event)
            ids.add(event)
            if body is None:
                if time is None or time >= since or newest > since + 3600000:
                    found.append(f"removed: event {at}: its body is missing")
            elif time is None or sha256(b"\0" + body.encode("utf-8", "surrogatepass")) != leaves[at] or f'"id":"{event}"' not in body:
                found.append(f"altered: event {at}: its body is not what was sealed")
            else:
                newest, oldest = max(newest, time), min(oldest, time)
        elif kind == "uncovered":
            uncovered.append(event)
            if time_of(event) is None or f'"id":"{event}"' not in line["body"] or time_of(event) < until - 60000:
                found.append(f"added: {event} has no number in the tree")
        elif kind == "tile" and (line["level"], line["index"]) not in tiles:
            data = base64.b64decode(line["hashes"] or "")
            tiles[line["level"], line["index"]] = [data[i:i + 32] for i in range(0, len(data), 32)]
        elif kind == "checkpoint" and note is None:
            note = line["note"]
        else:
            found.append(f"damaged: line {order + 1} is not what belongs here")
    found += [f"added: {event} stands outside of the tree, too" for event in uncovered if event in ids]
    if oldest < since:
        found.append("damaged: the header says that bodies are kept from later on than they are")
    signed = read_note(note or "", name, key)
    if signed is None:
        found.append("unsigned: no checkpoint that this key signed")
    else:
        size, top = signed
        if header is None or (header["origin"], header["size"]) != (name, size):
            found.append("damaged: no header of this checkpoint")
        found += [f"removed: event {at} is missing" for at in range(size) if at not in leaves]
        found += [f"added: event {at} stands behind the last event of the checkpoint" for at in leaves if at >= size]
        width = lambda level, index: min(256, (size >> 8 * level) - index * 256)
        found += [f"damaged: tile {l}/{i} has another size" for (l, i), hs in tiles.items() if len(hs) != width(l, i) or any(len(h) != 32 for h in hs)]
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
        wrong = sorted(i * 256 + j for (l, i), hs in trusted.items() if l == 0 for j, h in enumerate(hs) if leaves.get(i * 256 + j, h) != h)
        found += [f"changed: event {at} is not what was sealed" for at in wrong]
        if not wrong and all(at in leaves for at in range(size)) and root([leaves[at] for at in range(size)]) != top:
            found.append("rewritten: the events do not have the signed root")
    if kept is not None:
        anchor = open(kept, encoding="utf-8").read()
        anchor = json.loads(anchor.rstrip("\n").split("\n")[-1])["note"] if anchor.startswith("{") else anchor.rstrip() + "\n"
        older = read_note(anchor, name, key)
        if older is None or not all(at in leaves for at in range(older[0])) or root([leaves[at] for at in range(older[0])]) != older[1]:
            found.append("rewritten: this is not the log that the earlier checkpoint covers")
    end = "" if kept else "; internally consistent, history before the first anchor rests on the operator's word"
    print("\n".join(found) or f"{name}: {len(leaves)} events as signed{end}")
    return 1 if found else 0

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
