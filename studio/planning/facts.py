"""What an infotext says about the picture and its mask, in A1111's words where it has any. A fact is a line here."""

from studio.domain.plan import Framing
from studio.domain.request import ColourMatch, InitImage, Mask, MaskedContent, ResizeMode, SoftInpainting


def picture_facts(init: InitImage, framing: Framing) -> dict[str, str]:
    facts = dict[str, str]()
    if init.resize_mode is not ResizeMode.stretch:
        facts["Resize mode"] = init.resize_mode.value
    if init.keep_original_size:
        facts["Keep original size"] = "True"
    return facts


def mask_facts(mask: Mask) -> dict[str, str]:
    facts = dict[str, str]()
    if mask.inverted:
        facts["Mask mode"] = "Inpaint not masked"
    if mask.blur_x or mask.blur_y:
        facts["Mask blur"] = blur_text(mask)
    if mask.only_masked:
        facts |= {"Inpaint area": "Only masked", "Masked area padding": str(mask.padding)}
    if mask.content is not MaskedContent.original:
        facts["Masked content"] = mask.content.value
    if not mask.rounded:
        facts["Mask round"] = "False"
    if mask.colour_match is not ColourMatch.none:
        facts["Colour match"] = mask.colour_match.value
    return facts | (soft_facts(mask.soft) if mask.soft else {})


def blur_text(mask: Mask) -> str:
    if mask.blur_x == mask.blur_y:
        return short(mask.blur_x)
    return f"{short(mask.blur_x)}x{short(mask.blur_y)}"


def soft_facts(soft: SoftInpainting) -> dict[str, str]:
    return {
        "Soft inpainting enabled": "True",
        "Soft inpainting schedule bias": short(soft.schedule_bias),
        "Soft inpainting preservation strength": short(soft.preservation_strength),
        "Soft inpainting transition contrast boost": short(soft.transition_contrast_boost),
        "Soft inpainting mask influence": short(soft.mask_influence),
        "Soft inpainting difference threshold": short(soft.difference_threshold),
        "Soft inpainting difference contrast": short(soft.difference_contrast),
    }


def short(number: float) -> str:
    """7 rather than 7.0."""
    return str(number).removesuffix(".0")
