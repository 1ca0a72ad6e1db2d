"""Counts in lines for engineers: one of something is never told as many."""


def counted(count: int, thing: str) -> str:
    """How many of a thing, such as `1 new movement` or `2,400 deliveries`.

    Of a phrase, the first word is the one that is counted where an `of` follows it: `1 row of kind
    sale`, `3 rows of kind sale`; else the last.
    """
    if count == 1:
        return f"1 {thing}"
    head, of, rest = thing.partition(" of ")
    many = f"{head[:-1]}ies" if head.endswith("y") and head[-2] not in "aeiou" else f"{head}s"
    return f"{count:,} {many}{of}{rest}"


def are(count: int) -> str:
    """`is` of one, `are` of any other number."""
    return "is" if count == 1 else "are"


def have(count: int) -> str:
    """`has` of one, `have` of any other number."""
    return "has" if count == 1 else "have"
