"""Write the schemas and the reference pages of this checkout anew."""

from pathlib import Path

from hub_config.schema import MODELS, text
from hub_config.schema.reference import page

_FOLDER = Path(__file__).resolve().parent
_DOCS = _FOLDER.parents[1] / "docs"

for name in MODELS:
    (_FOLDER / f"{name}.schema.json").write_text(text(name), "utf-8")
    document = _DOCS / f"{name}.md"
    document.write_text(page(name, document.read_text("utf-8")), "utf-8")
