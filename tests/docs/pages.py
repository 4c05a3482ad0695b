"""The pages that users read, and what they show: README and the site's sources."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
UV = re.compile(r"^uv run (--extra \w+ )?")


@dataclass(frozen=True)
class Page:
    """A Markdown file with blocks of code."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def python(self) -> list[str]:
        return self._blocks("python")

    @property
    def commands(self) -> list[str]:
        """What is typed, a command a line, without comments and ``uv run``."""
        lines = [line for block in self._blocks("bash") for line in block.splitlines()]
        bare = [UV.sub("", line.split("#")[0].strip()) for line in lines]
        return [line for line in bare if line]

    def _blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, flags=re.DOTALL | re.MULTILINE)


PAGES = [Page(ROOT / "README.md"), *map(Page, sorted(DOCS.rglob("*.md")))]
