"""What the page says of files that come from elsewhere. Another thing to say is a function here."""

from studio.catalog.downloads import Download, DownloadState
from studio.catalog.known import Known


def state_text(download: Download) -> str:
    match download.state:
        case DownloadState.waiting:
            return "Waits for the one before it"
        case DownloadState.running if download.whole:
            return f"{size_text(download.here)} of {size_text(download.whole)}"
        case DownloadState.running:
            return size_text(download.here) if download.here else "Asks for the file"
        case DownloadState.cancelled:
            return "Cancelled; what has come is kept for the next try"
        case _:
            return download.told


def known_text(known: Known) -> str:
    """How large it is, where that is known, and under which licence it stands."""
    size = f"{size_text(known.size)} · " if known.size else ""
    return f"{size}licence: {known.licence}"


def size_text(size: int) -> str:
    """In the units that file managers show."""
    for unit, least in (("GB", 1e9), ("MB", 1e6)):
        if size >= least:
            return f"{size / least:.1f} {unit}" if size < 100 * least else f"{size / least:.0f} {unit}"
    return f"{size / 1e3:.0f} kB"
