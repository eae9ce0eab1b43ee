"""The icons: stroke drawings on a grid of 24, in the text's colour. A new one is a line in `assets/icons.json`."""

import json
from pathlib import Path
from urllib.parse import quote

DRAWINGS: dict[str, str] = json.loads((Path(__file__).parent / "assets" / "icons.json").read_text("utf-8"))


def svg(name: str, size: int = 20) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" '
        f'stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f'<path d="{DRAWINGS[name]}"/></svg>'
    )


def icons_css() -> str:
    """`.icon-<name>` for Gradio's buttons, which take no SVG: a mask over the text's colour; the text stays as name."""
    masks = {name: quote(svg(name).replace("currentColor", "#000")) for name in DRAWINGS}
    return "\n".join(
        f'#studio .icon-{name} {{ --icon: url("data:image/svg+xml,{mask}"); }}' for name, mask in masks.items()
    )


def icons_script() -> str:
    """For scripts that draw buttons themselves: `window.StudioIcons[name]` is an SVG of 18 px."""
    return f"<script>window.StudioIcons = {json.dumps({name: svg(name, 18) for name in DRAWINGS})}</script>"
