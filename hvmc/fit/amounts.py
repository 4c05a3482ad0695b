"""Amounts as people write them: 16 GB, 2 TB, 35 %, 1.5e3, 1,5 and 1,024.

Multiples of memory are binary, as Hyper-V has them: GB and GiB are the same. Of a number with a
point and a comma the last one is the decimal sign. With one of them alone, a comma before exactly
three digits separates thousands, but in files whose fields are separated by semicolons, where it is
decimal.
"""

import re

__all__ = [
    "BYTE_UNITS",
    "read_count",
    "read_memory_mib",
    "read_number",
    "read_seconds",
    "read_share",
    "read_truth",
]

BYTE_UNITS = {
    unit: 1024.0**power
    for power, units in enumerate(
        (("b", "byte", "bytes"), ("k", "kb", "kib"), ("m", "mb", "mib"), ("g", "gb", "gib"),
         ("t", "tb", "tib"))
    )
    for unit in units
}  # fmt: skip
_TIMES = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
_AMOUNT = re.compile(r"([-+]?[\d.,'\s]*\d(?:[.,](?=$|[eE%\s]))?(?:[eE][-+]?\d+)?)\s*([^\d\s].*)?")
_YES = ("yes", "y", "true", "1", "ja", "oui", "si", "sí", "sì", "on", "enabled", "x")
_NO = ("no", "n", "false", "0", "nein", "non", "off", "disabled", "-")


def read_number(text: str, *, decimal_comma: bool = False) -> tuple[float, str]:
    """Return the number and the unit of an amount; the unit in small letters, perhaps empty.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> read_number("16 GB"), read_number("1.5e3"), read_number("1,024 MB")
    ((16.0, 'gb'), (1500.0, ''), (1024.0, 'mb'))
    >>> read_number("1,5", decimal_comma=True)
    (1.5, '')
    """
    found = _AMOUNT.fullmatch(text.strip().replace("\u00a0", " ").replace("\u202f", " "))
    if found is None:
        raise ValueError(f"must be a number with its unit, got {text!r}")
    digits = re.sub(r"[\s']", "", found[1])
    return float(_plain(digits, decimal_comma)), (found[2] or "").strip().lower()


def _plain(digits: str, decimal_comma: bool) -> str:
    point, comma = digits.rfind("."), digits.rfind(",")
    if point >= 0 and comma >= 0:
        thousands = "," if point > comma else "."
        return digits.replace(thousands, "").replace(",", ".")
    if comma >= 0:
        grouped = re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+", digits)
        return (
            digits.replace(",", "") if grouped and not decimal_comma else digits.replace(",", ".")
        )
    if decimal_comma and re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+", digits):
        return digits.replace(".", "")
    return digits


def read_memory_mib(text: str, unit: str = "", *, decimal_comma: bool = False) -> float:
    """Return an amount of memory, MiB.

    Parameters
    ----------
    text : str
        As written.
    unit : str
        That of a number without one, in small letters; empty: it must have one.
    decimal_comma : bool
        As the file has it.

    Raises
    ------
    ValueError
        With rule and remedy.

    Examples
    --------
    >>> read_memory_mib("16 GB"), read_memory_mib("2TiB"), read_memory_mib("4096", "mb")
    (16384.0, 2097152.0, 4096.0)
    """
    value, written = read_number(text, decimal_comma=decimal_comma)
    given = written or unit
    if given not in BYTE_UNITS:
        raise ValueError(
            f"must be an amount of memory with its unit, got {text!r}: write 16 GB, or the unit "
            "into the column's head: Memory (GB)"
        )
    return value * BYTE_UNITS[given] / 1024.0**2


def read_share(text: str, unit: str = "", *, decimal_comma: bool = False) -> float:
    """Return a share, 1 for 100 %; the per cent sign must be there, or be the column's unit.

    Raises
    ------
    ValueError
        With rule and remedy.

    Examples
    --------
    >>> read_share("35 %"), read_share("35", "%")
    (0.35, 0.35)
    """
    value, written = read_number(text, decimal_comma=decimal_comma)
    if (written or unit) not in ("%", "percent", "pct"):
        raise ValueError(
            f"must be written in per cent, got {text!r}: write {value:g} % (or "
            f"{100 * value:g} %), or % into the column's head"
        )
    return value / 100.0


def read_seconds(text: str, unit: str = "", *, decimal_comma: bool = False) -> float:
    """Return a time in seconds.

    Raises
    ------
    ValueError
        With rule and remedy.

    Examples
    --------
    >>> read_seconds("0.5 ms")
    0.0005
    """
    value, written = read_number(text, decimal_comma=decimal_comma)
    if (written or unit) not in _TIMES:
        raise ValueError(f"must be a time with its unit, got {text!r}: write 0.5 ms")
    return value * _TIMES[written or unit]


def read_count(text: str, unit: str = "", *, decimal_comma: bool = False) -> float:
    """Return a plain number or a rate, 1.5k for 1,500.

    Raises
    ------
    ValueError
        With rule and remedy.

    Examples
    --------
    >>> read_count("1.5e3"), read_count("2k"), read_count("300 /s")
    (1500.0, 2000.0, 300.0)
    """
    value, written = read_number(text, decimal_comma=decimal_comma)
    factors = {"": 1.0, "k": 1e3, "/s": 1.0, "iops": 1.0, "per s": 1.0, "pps": 1.0, unit: 1.0}
    if written not in factors:
        raise ValueError(f"must be a number, got {text!r}: leave {written!r} out")
    return value * factors[written]


def read_truth(text: str) -> bool:
    """Return what a yes or no says.

    Raises
    ------
    ValueError
        With rule and remedy.
    """
    word = text.strip().lower()
    if word not in (*_YES, *_NO):
        raise ValueError(f"must be yes or no, got {text!r}")
    return word in _YES
