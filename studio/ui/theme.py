"""Colours and type as tokens, and Gradio's theme made of them. A new colour is a line in both lists and in `PAIRS`."""

import gradio as gr

LIGHT = {
    "paper": "#f2f0eb",
    "panel": "#fcfbf9",
    "field": "#ffffff",
    "sunken": "#e6e3dc",
    "line": "#dcd8cf",
    "edge": "#c6c1b6",
    "ink": "#211f1c",
    "muted": "#5e5a52",
    "accent": "#0c675f",
    "accent-strong": "#08524b",
    "on-accent": "#ffffff",
    "accent-soft": "#d9e9e5",
    "on-soft": "#0a4a44",
    "danger": "#a8261c",
    "danger-soft": "#fae5e2",
    "warn": "#7d4b00",
    "ok": "#2a672d",
}
DARK = {
    "paper": "#151618",
    "panel": "#1d1f22",
    "field": "#27292d",
    "sunken": "#0f1011",
    "line": "#303338",
    "edge": "#44484f",
    "ink": "#ecebe7",
    "muted": "#a7a9ae",
    "accent": "#5bc8b6",
    "accent-strong": "#7fdccd",
    "on-accent": "#04231f",
    "accent-soft": "#1d3a36",
    "on-soft": "#a9e6db",
    "danger": "#ff9489",
    "danger-soft": "#3b201e",
    "warn": "#efb45e",
    "ok": "#85cf88",
}
# What stands on what; the tests hold every pair at 4.5:1 or more.
PAIRS = (
    ("ink", "paper"), ("ink", "panel"), ("ink", "field"), ("ink", "sunken"),
    ("muted", "paper"), ("muted", "panel"), ("muted", "field"), ("muted", "sunken"),
    ("accent", "paper"), ("accent", "panel"), ("accent", "field"),
    ("on-accent", "accent"), ("on-accent", "accent-strong"), ("on-soft", "accent-soft"),
    ("danger", "panel"), ("danger", "danger-soft"), ("ink", "danger-soft"),
    ("warn", "panel"), ("ok", "panel"),
)  # fmt: skip

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif"]
MONO = ["ui-monospace", "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "monospace"]


# Gradio's variables, in our tokens.
GRADIO = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--muted)",
    "background_fill_primary": "var(--panel)",
    "background_fill_secondary": "var(--paper)",
    "border_color_primary": "var(--line)",
    "border_color_accent": "var(--accent)",
    "color_accent": "var(--accent)",
    "color_accent_soft": "var(--accent-soft)",
    "link_text_color": "var(--accent)",
    "block_background_fill": "transparent",
    "block_border_color": "transparent",
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_padding": "0px",
    "block_label_background_fill": "transparent",
    "block_label_text_color": "var(--muted)",
    "block_title_text_color": "var(--muted)",
    "block_title_text_weight": "500",
    "block_title_text_size": "12px",
    "block_info_text_color": "var(--muted)",
    "panel_background_fill": "transparent",
    "input_background_fill": "var(--field)",
    "input_background_fill_focus": "var(--field)",
    "input_border_color": "var(--edge)",
    "input_border_color_focus": "var(--accent)",
    "input_border_color_hover": "var(--muted)",
    "input_border_width": "1px",
    "input_placeholder_color": "var(--muted)",
    "input_radius": "6px",
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "slider_color": "var(--accent)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--accent-strong)",
    "button_primary_text_color": "var(--on-accent)",
    "button_primary_text_color_hover": "var(--on-accent)",
    "button_primary_border_color": "transparent",
    "button_secondary_background_fill": "var(--field)",
    "button_secondary_background_fill_hover": "var(--sunken)",
    "button_secondary_text_color": "var(--ink)",
    "button_secondary_text_color_hover": "var(--ink)",
    "button_secondary_border_color": "var(--edge)",
    "checkbox_background_color": "var(--field)",
    "checkbox_background_color_selected": "var(--accent)",
    "checkbox_border_color": "var(--muted)",
    "checkbox_border_color_selected": "var(--accent)",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_text_color": "var(--ink)",
    "checkbox_label_text_color_selected": "var(--ink)",
    "error_background_fill": "var(--danger-soft)",
    "error_text_color": "var(--danger)",
}


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2, 0 to 1."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def tokens_css() -> str:
    """Light is the default; `.dark` is the class that Gradio itself puts on <body>."""
    light = "".join(f"--{name}:{colour};" for name, colour in LIGHT.items())
    dark = "".join(f"--{name}:{colour};" for name, colour in DARK.items())
    return f":root{{color-scheme:light;{light}}}\n.dark{{color-scheme:dark;{dark}}}\n"


def build_theme() -> gr.themes.Base:
    """Gradio's variables point at our tokens, the same in light and dark, so there is one list of colours."""
    theme = gr.themes.Base(
        font=SANS, font_mono=MONO, text_size=gr.themes.sizes.text_sm, spacing_size=gr.themes.sizes.spacing_sm
    )
    known = set(theme.set.__code__.co_varnames)
    both = {f"{name}_dark": value for name, value in GRADIO.items() if f"{name}_dark" in known}
    return theme.set(**GRADIO, **both)
