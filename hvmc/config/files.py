"""Configuration files as Hydra reads them, each checked before OmegaConf sees it."""

from pathlib import Path

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult

from hvmc.scenario.documents import check_document

__all__ = ["check_files"]


class _CheckedSource(FileConfigSource):
    def load_config(self, config_path: str) -> ConfigResult:
        file = Path(self.path) / self._normalize_file_name(config_path)
        if file.exists():
            check_document(file.read_text(encoding="utf-8"), str(file))
        return super().load_config(config_path)


def check_files() -> None:
    """Let Hydra check every file before it reads it, wherever its search path leads."""
    Plugins.instance()  # registers Hydra's own sources first
    SourcesRegistry.instance().types[FileConfigSource.scheme()] = _CheckedSource
