"""A small fault to put into a source file, and what is wrong with a list of them."""

from collections import Counter, namedtuple

Mutation = namedtuple("Mutation", "name file before after")


def of(file, *rows):
    """The faults of one file: name, text, and what stands there instead."""
    return [Mutation(name, file, before, after) for name, before, after in rows]


def is_stale(root, mutation):
    """Whether its text is not in the source, or more than once."""
    file = root / mutation.file
    return not file.is_file() or file.read_text().count(mutation.before) != 1


def findings(root, mutations):
    """A line for each that cannot be tried, or is there twice."""
    for mutation in mutations:
        if is_stale(root, mutation):
            yield f'{mutation.file}: "{mutation.name}" is stale: its text must be there once'
        if mutation.before == mutation.after:
            yield f'{mutation.file}: "{mutation.name}" changes nothing'
    for name, count in Counter(mutation.name for mutation in mutations).items():
        if count > 1:
            yield f'"{name}" is the name of {count} mutations'
    for (file, _, after), count in Counter(mutation[1:] for mutation in mutations).items():
        if count > 1:
            yield f"{file}: {count} mutations are the same, to {after!r}"
