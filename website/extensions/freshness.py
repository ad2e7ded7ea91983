"""Freshness: a change in `website`, order or version renews all pages; Sphinx would not."""

import hashlib
from pathlib import Path

FOLDERS = ("website/static/**/*", "website/extensions/*.*", "website/search/*", "exercises/*.py")
WATCHED = (*FOLDERS, "website/paper/drawings.py", "_toc.yml", "CITATION.cff")


def digest(folder):
    """One number for the contents of the folders that every page depends on."""
    total = hashlib.sha256()
    for path in sorted(path for name in WATCHED for path in folder.glob(name)):
        if path.is_file():
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def remember(app, config):
    """Keep the number among the settings: Sphinx reads all pages again when a setting changes."""
    config.site_digest = digest(Path(app.srcdir))


def setup(app):
    app.add_config_value("site_digest", "", "env", types=[str])
    app.connect("config-inited", remember)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
