"""Names that older programs wrote, and what is meant by them now. A name that changes is a line here."""

OLD_SCHEDULES = ("Karras", "Exponential")
"""Until A1111 1.9 a sampler's schedule was the end of its name."""


def split_sampler(name: str) -> tuple[str, str]:
    """(sampler, schedule) of a name like "DPM++ 2M Karras"; the schedule is empty where the name has none."""
    for schedule in OLD_SCHEDULES:
        if name.lower().endswith(f" {schedule.lower()}"):
            return name[: -len(schedule) - 1], schedule
    return name, ""
