"""Encodings of text files that Windows writes."""

import codecs

__all__ = ["encoding_of"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(start: bytes) -> str:
    r"""Return the encoding of a text by its first bytes.

    Examples
    --------
    >>> encoding_of("name".encode("utf-16")), encoding_of(b"a\x00b\x00")
    ('utf-16', 'utf-16-le')
    >>> encoding_of("größe".encode()), encoding_of("größe".encode("cp1252"))
    ('utf-8', 'cp1252')
    """
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if len(start) > 3 and start[1:4:2] == b"\0\0":
        return "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
