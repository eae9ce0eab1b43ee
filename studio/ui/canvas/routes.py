"""What the canvas asks of the server: pictures by key, documents, smart selection, its files. One function a route."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.params import Depends
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from PIL import Image, UnidentifiedImageError

from studio.domain.errors import BadRequest, BrokenFile, StudioError, UnknownName
from studio.domain.geometry import Box, Size
from studio.imaging.load import LARGEST, load_picture
from studio.imaging.masks import grey_of
from studio.imaging.select import select_in_box
from studio.store.documents import Documents
from studio.ui.canvas.painting import png

ASSETS = Path(__file__).parent.parent / "assets" / "canvas"
MOST_BYTES = 256 * 2**20
FOR_EVER = {
    "Cache-Control": "private, max-age=31536000, immutable",  # the key is the content's hash
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
STATUS: Mapping[type[StudioError], int] = {BrokenFile: 400, UnknownName: 404, BadRequest: 422}


class CanvasAssets(StaticFiles):
    """The scripts and the style; the browser asks each time whether they have changed."""

    def file_response(self, *args: Any, **keywords: Any) -> Response:
        response = super().file_response(*args, **keywords)
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount_canvas(app: FastAPI, documents: Documents, dependencies: Sequence[Depends] = ()) -> None:
    """Adds all that canvases need, below /canvas. `dependencies` guard the pictures where there is a login.

    Call it before Gradio is mounted at "/", which swallows what comes later.
    """
    router = APIRouter(prefix="/canvas", dependencies=list(dependencies), include_in_schema=False)
    add_pictures(router, documents)
    add_documents(router, documents)
    app.include_router(router)
    app.mount("/canvas/assets", CanvasAssets(directory=ASSETS))


def add_pictures(router: APIRouter, documents: Documents) -> None:
    @router.put("/pictures")
    async def put_picture(request: Request) -> Response:
        """The body is the file. Answers its key, and the upright picture's size."""
        data = await body_of(request)
        return await run_in_threadpool(answer, lambda: kept(documents, data))

    @router.put("/drawings")
    async def put_drawing(request: Request) -> Response:
        """A PNG that the canvas has coded itself: it is looked at when it is used."""
        data = await body_of(request)
        return await run_in_threadpool(answer, lambda: JSONResponse({"key": documents.keep(checked_length(data))}))

    @router.get("/pictures/{key}")
    def get_picture(key: str) -> Response:
        return answer(
            lambda: FileResponse(documents.path(key), media_type=media_type(documents, key), headers=FOR_EVER)
        )

    @router.get("/pictures/{key}/shown")
    def get_shown(key: str) -> Response:
        """The same picture for browsers that cannot show the file's format."""
        return answer(
            lambda: Response(png(load_picture(documents.read(key))), media_type="image/png", headers=FOR_EVER)
        )

    @router.get("/pictures/{key}/mask")
    def get_mask(key: str, width: int, height: int) -> Response:
        """What any picture selects, by the rule for uploaded masks, at the size of the picture that it is for."""
        return answer(lambda: Response(mask_of(documents, key, Size(width, height)), media_type="image/png"))

    @router.post("/pictures/{key}/over")
    def lay_over(
        key: str, layer: Annotated[str, Body()], left: Annotated[int, Body()], top: Annotated[int, Body()]
    ) -> Response:
        """A new picture: this one with a smaller one over it; every pixel beside that stays as it is."""
        return answer(lambda: kept(documents, png(laid_over(documents, key, layer, left, top))))

    @router.post("/pictures/{key}/select")
    def select(key: str, box: Annotated[tuple[int, int, int, int], Body(embed=True)]) -> Response:
        """The thing inside a box (left, top, right, bottom), as a white-on-black PNG of the picture's size."""
        return answer(lambda: Response(selection(documents, key, Box(*box)), media_type="image/png"))


def add_documents(router: APIRouter, documents: Documents) -> None:
    @router.get("/documents/{document}")
    def get_document(document: str) -> Response:
        return answer(lambda: JSONResponse(documents.load(document), headers={"Cache-Control": "no-store"}))

    @router.put("/documents/{document}/{part}")
    def put_part(document: str, part: str, content: Annotated[dict[str, Any], Body()]) -> Response:
        return answer(lambda: done(documents.save(document, part, content)))

    @router.post("/documents/{document}/copy/{source}")
    def copy_document(document: str, source: str) -> Response:
        return answer(lambda: done(documents.copy(source, document)))


def answer(make: Any) -> Response:
    """What `make` returns, or why it could not."""
    try:
        return make()
    except StudioError as error:
        status = next((number for kind, number in STATUS.items() if isinstance(error, kind)), 500)
        return JSONResponse({"detail": error.message}, status)


def done(_: None) -> Response:
    return Response(status_code=204)


def kept(documents: Documents, data: bytes) -> Response:
    size = load_picture(checked_length(data)).size
    return JSONResponse({"key": documents.keep(data), "width": size[0], "height": size[1]})


def checked_length(data: bytes) -> bytes:
    if len(data) > MOST_BYTES:
        raise BadRequest(f"The file is larger than {MOST_BYTES // 2**20} MB: make it smaller first", field="file")
    return data


async def body_of(request: Request) -> bytes:
    """At most one byte more than is allowed, so that nobody fills the memory."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk[: MOST_BYTES + 1 - len(data)]
    return bytes(data)


def media_type(documents: Documents, key: str) -> str:
    try:
        with Image.open(documents.path(key)) as file:
            return Image.MIME.get(file.format or "", "application/octet-stream")
    except UnidentifiedImageError:
        return "application/octet-stream"  # a drawing that is none: nobody checked it


def mask_of(documents: Documents, key: str, size: Size) -> bytes:
    if not (0 < size.width * size.height <= LARGEST):
        raise BadRequest(f"A mask cannot be {size.width}x{size.height} pixels", field="width")
    grey = grey_of(load_picture(documents.read(key)), is_rounded=False)
    return png(grey if grey.size == size else grey.resize(size, Image.Resampling.BILINEAR))


def laid_over(documents: Documents, key: str, layer: str, left: int, top: int) -> Image.Image:
    """Mode RGB, or RGBA where the picture is."""
    picture, over = load_picture(documents.read(key)), load_picture(documents.read(layer)).convert("RGBA")
    covered = (left, top, left + over.width, top + over.height)
    mixed = Image.alpha_composite(picture.crop(covered).convert("RGBA"), over)
    result = picture.convert("RGB") if picture.mode == "L" else picture
    untouched = over.getchannel("A").point([255] + [0] * 255)
    mixed = mixed.convert(result.mode)
    mixed.paste(result.crop(covered), mask=untouched)
    result.paste(mixed, (left, top))
    return result


def selection(documents: Documents, key: str, box: Box) -> bytes:
    return png(select_in_box(load_picture(documents.read(key)), box))
