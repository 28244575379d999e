"""Files to serve, and what they hash to."""

import hashlib
import os
import random


def write_random(path, size, seed=None):
    """Writes size bytes that repeat nowhere near; returns their SHA-256."""
    digest = hashlib.sha256()
    generator = random.Random(size if seed is None else seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        while size > 0:
            block = generator.randbytes(min(size, 1 << 20))
            digest.update(block)
            file.write(block)
            size -= len(block)
    return digest.hexdigest()


def write_sparse(path, size, marks=()):
    """A file with holes; at each (offset, bytes) of marks those bytes."""
    with open(path, "wb") as file:
        os.ftruncate(file.fileno(), size)
        for offset, data in marks:
            os.pwrite(file.fileno(), data, offset)


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
