"""Names of objects and counters in other languages, for the counters that hvmc reads.

Windows writes them in the language of the system, and translations differ between versions
("% Gesamtlaufzeit", "% Gesamtausführungszeit"). So a name is recognised by word stems that it must
hold, and some that it must not, after accents and case are taken off. German follows lists of
installed systems, French, Spanish and Italian the names in Microsoft's translated documentation;
Japanese the words of that documentation, no list of an installed system was at hand.
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from hvmc.counters.names import (
    BALANCER,
    GUEST_MEMORY,
    LOGICAL,
    NETWORK,
    OBJECTS,
    ROOT,
    STORAGE,
    VIRTUAL,
)

__all__ = ["LANGUAGES", "English", "english"]

LANGUAGES = ("German", "French", "Spanish", "Italian", "Japanese")

type _Stems = tuple[str, ...]
"""Each must be there, alternatives separated by |; one behind ! must not."""

type _Table = dict[str, tuple[_Stems, ...]]
"""English name to the stems in each of `LANGUAGES`."""


class English(NamedTuple):
    """A counter's English names, and the language it was in; empty where that was English."""

    object: str
    counter: str
    language: str = ""


_OBJECTS: _Table = {
    ROOT: (
        ("hypervisor", "virtuelle", "prozessor", "stamm"),
        ("hyperviseur", "processeur", "virtuel", "racine"),
        ("hipervisor", "procesador", "virtual", "raiz"),
        ("hypervisor", "processore", "virtuale", "radice"),
        ("ハイパーバイザー|hypervisor|ハイハーハイサー", "仮想", "フロセッサ", "ルート"),
    ),
    VIRTUAL: (
        ("hypervisor", "virtuelle", "prozessor", "!stamm"),
        ("hyperviseur", "processeur", "virtuel", "!racine"),
        ("hipervisor", "procesador", "virtual", "!raiz"),
        ("hypervisor", "processore", "virtuale", "!radice"),
        ("ハイハーハイサー|hypervisor", "仮想", "フロセッサ", "!ルート"),
    ),
    LOGICAL: (
        ("hypervisor", "logische", "prozessor"),
        ("hyperviseur", "processeur", "logique"),
        ("hipervisor", "procesador", "logico"),
        ("hypervisor", "processore", "logico"),
        ("ハイハーハイサー|hypervisor", "論理", "フロセッサ"),
    ),
    BALANCER: (
        ("dynamisch", "speicher", "ausgleich|balanc|verteil"),
        ("memoire dynamique", "equilibr"),
        ("memoria dinamica", "equilibr"),
        ("memoria dinamica", "bilanc"),
        ("動的メモリ", "ハランサ"),
    ),
    GUEST_MEMORY: (
        ("dynamisch", "speicher", "!ausgleich", "!balanc", "!verteil"),
        ("memoire dynamique", "!equilibr"),
        ("memoria dinamica", "!equilibr", "!bilanc", "vm de|maquina"),
        ("memoria dinamica", "!bilanc", "!equilibr"),
        ("動的メモリ", "!ハランサ"),
    ),
    STORAGE: (
        ("virtuelle", "speichervorricht|speichergerat", "hyper-v"),
        ("peripherique", "stockage", "virtuel"),
        ("dispositivo", "almacenamiento", "virtual"),
        ("dispositivo", "archiviazione", "virtuale"),
        ("仮想", "記憶|ストレーシ"),
    ),
    NETWORK: (
        ("virtuelle", "netzwerkadapter", "hyper-v"),
        ("carte", "reseau", "virtuelle"),
        ("adaptador", "red", "virtual"),
        ("scheda", "rete", "virtuale"),
        ("仮想", "ネットワーク", "アタフター"),
    ),
}

_RUN = (
    ("zeit", "%", "!leerlauf", "!kern", "!remote"),
    ("execution", "%"),
    ("ejecucion", "%"),
    ("esecuzione|runtime", "%"),
    ("実行時間|実行", "%"),
)
_GUESTS = ("gast", "invite", "invitado", "guest", "ケスト")
_TOTALS = ("gesamt", "total", "total", "total", "合計|総|全体")
_HYPERVISORS = ("hypervisor", "hyperviseur", "hipervisor", "hypervisor", "ハイハーハイサー")


def _with(words: tuple[str, ...], more: tuple[str, ...]) -> tuple[_Stems, ...]:
    return tuple((*stems, word, *more) for stems, word in zip(_RUN, words, strict=True))


_PROCESSOR: _Table = {
    "% Total Run Time": _with(_TOTALS, ()),
    "% Guest Run Time": _with(_GUESTS, ()),
    "% Hypervisor Run Time": _with(_HYPERVISORS, ()),
    "CPU Wait Time Per Dispatch": (
        ("wartezeit", "cpu"),
        ("attente",),
        ("espera",),
        ("attesa",),
        ("待機|待ち",),
    ),
    "Logical Processor Dispatches/sec": (
        ("verteilungen/s|dispatches/s",),
        ("distributions|repartitions|dispatch", "/s|par seconde"),
        ("envios|distribuciones|despachos", "/s|por segundo"),
        ("invii|dispatch", "/s|al secondo"),
        ("テイスハッチ", "秒|sec"),
    ),
}
_MEMORY: _Table = {
    "Guest Visible Physical Memory": (
        ("sichtbar", "speicher"),
        ("physique", "visible"),
        ("fisica", "visible"),
        ("fisica", "visibile"),
        ("物理メモリ", "ケスト"),
    ),
    "Physical Memory": (
        ("physisch|physikalisch", "speicher", "!sichtbar"),
        ("memoire physique", "!visible"),
        ("memoria fisica", "!visible", "!visibile"),
        ("memoria fisica", "!visibile", "!visible"),
        ("物理メモリ", "!ケスト"),
    ),
    "Current Pressure": (
        ("aktuell", "druck|auslastung|belastung"),
        ("pression|sollicitation", "actuelle|courante|en cours"),
        ("presion", "actual"),
        ("pressione|utilizzo elevato", "corrente"),
        ("現在", "負荷|圧|フレッシャー"),
    ),
    "Available Memory": (
        ("verfugbar", "speicher"),
        ("memoire disponible",),
        ("memoria disponible",),
        ("memoria disponibile",),
        ("使用可能|利用可能", "メモリ"),
    ),
}
_STORAGE: _Table = {
    "Read Operations/Sec": (
        ("lesevorgange/s|leseoperationen/s",),
        ("operations", "lecture"),
        ("operaciones", "lectura"),
        ("operazioni", "lettura"),
        ("読み取り", "操作"),
    ),
    "Write Operations/Sec": (
        ("schreibvorgange/s|schreiboperationen/s",),
        ("operations", "ecriture"),
        ("operaciones", "escritura"),
        ("operazioni", "scrittura"),
        ("書き込み", "操作"),
    ),
    "Read Bytes/sec": (
        ("gelesene", "byte"),
        ("octets", "lu|lecture"),
        ("bytes", "leid|lectura"),
        ("byte", "lett"),
        ("読み取り", "ハイト"),
    ),
    "Write Bytes/sec": (
        ("geschriebene", "byte"),
        ("octets", "ecrit"),
        ("bytes", "escri"),
        ("byte", "scri"),
        ("書き込み", "ハイト"),
    ),
    "Latency": (("latenz",), ("latence",), ("latencia",), ("latenza",), ("待機時間|待ち時間",)),
}
_NETWORK: _Table = {
    "Packets/sec": (
        ("pakete/s|pakete pro", "!empfang", "!gesend"),
        ("paquets", "!recu", "!envoye"),
        ("paquetes", "!recib", "!envia"),
        ("pacchetti", "!ricev", "!invia"),
        ("ハケット", "!受信", "!送信"),
    ),
    "Bytes/sec": (
        ("bytes/s|bytes pro", "!empfang", "!gesend"),
        ("octets", "!recu", "!envoye"),
        ("bytes", "!recib", "!envia"),
        ("byte", "!ricev", "!invia"),
        ("ハイト", "!受信", "!送信"),
    ),
}
_COUNTERS: dict[str, _Table] = {
    VIRTUAL: _PROCESSOR,
    ROOT: _PROCESSOR,
    LOGICAL: _PROCESSOR,
    GUEST_MEMORY: _MEMORY,
    BALANCER: _MEMORY,
    STORAGE: _STORAGE,
    NETWORK: _NETWORK,
}
_KNOWN = {name.casefold(): name for name in OBJECTS}


@lru_cache(maxsize=65536)
def english(object_: str, counter: str) -> English | None:
    """Return a counter under its English names; None where it is none that hvmc reads.

    Examples
    --------
    >>> english("Hyper-V Hypervisor: virtueller Prozessor", "% Gesamtlaufzeit")[:2]
    ('Hyper-V Hypervisor Virtual Processor', '% Total Run Time')
    >>> english("Procesador virtual del hipervisor de Hyper-V", "% tiempo total de ejecución")[2]
    'Spanish'
    """
    plain = _KNOWN.get(object_.casefold())
    if plain is not None:
        return English(plain, counter)
    folded, within = _folded(object_), _folded(counter)
    for name, by_language in _OBJECTS.items():
        for language, stems in zip(LANGUAGES, by_language, strict=True):
            if not _holds(folded, stems):
                continue
            place = LANGUAGES.index(language)
            for known, wanted in _COUNTERS[name].items():
                if _holds(within, wanted[place]):
                    return English(name, known, language)
    return None


def _folded(text: str) -> str:
    """Return a text without accents and case; of kana, marks of voicing fall too."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return bare.replace("\u2019", "'").replace("\u00df", "ss")


def _holds(text: str, stems: _Stems) -> bool:
    for stem in stems:
        if stem.startswith("!"):
            if stem[1:] in text:
                return False
        elif not any(word in text for word in stem.split("|")):
            return False
    return True
