"""Below a path, behind a proxy that keeps the path or takes it away: a picture goes in, a result is seen."""

import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn
from PIL import Image
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from tests.browser.studio_site import Site, put_checkpoint, serve, visit

HOP_BY_HOP = {"connection", "transfer-encoding", "content-encoding", "content-length", "host"}


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    home = tmp_path_factory.mktemp("below")
    put_checkpoint(home / "models")
    with serve(home, "--subpath", "studio") as site:
        yield site


@contextlib.contextmanager
def proxy(target: str) -> Generator[str]:
    """An address below which /studio/... is answered by the target's /..."""

    async def passed_on(request: Request) -> StreamingResponse:
        client = httpx.AsyncClient(timeout=None, verify=False)  # else each reads all certificates
        path = request.url.path.removeprefix("/studio") + (f"?{request.url.query}" if request.url.query else "")
        headers = {k: v for k, v in request.headers.items() if k not in HOP_BY_HOP} | {"host": request.url.netloc}
        asked = client.build_request(request.method, target + path, headers=headers, content=await request.body())
        answer = await client.send(asked, stream=True)

        async def body() -> AsyncIterator[bytes]:
            async for part in answer.aiter_bytes():
                yield part
            await client.aclose()

        kept = {k: v for k, v in answer.headers.items() if k not in HOP_BY_HOP}
        return StreamingResponse(body(), answer.status_code, kept)

    app = Starlette(routes=[Route("/studio/{path:path}", passed_on, methods=["GET", "HEAD", "POST", "DELETE", "PUT"])])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.mark.parametrize("keeps_path", [True, False])
def test_the_page_works_below_a_path(browser: Browser, below: Site, tmp_path: Path, keeps_path: bool):
    picture = tmp_path / "picture.png"
    Image.new("RGB", (96, 64), (200, 90, 40)).save(picture)
    with contextlib.ExitStack() as stack:
        address = below.address if keeps_path else stack.enter_context(proxy(below.address))
        studio = stack.enter_context(visit(browser, replace(below, address=f"{address}/studio")))
        studio.open()
        studio.put("img2img", picture)
        studio.generate()
        assert "Done" in studio.finish()
        shown = "() => [...document.querySelectorAll('#img2img_stage img')].some(i => i.naturalWidth > 0)"
        studio.page.wait_for_function(shown)
        studio.reload()
        studio.page.wait_for_selector("#img2img_img2img .rc-has")
        studio.page.wait_for_function(shown)
