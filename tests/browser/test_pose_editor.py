"""The pose editor in a real browser: joints, figures, hands, faces, JSON, and what the unit gets."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from playwright.sync_api import Browser, expect

from studio.controlnet.pose_maps import poses_in, rendered
from tests.browser.editor_driver import KEY, UNIT, Editor, editor, editor_site
from tests.browser.editor_extension import FIGURE
from tests.browser.studio_site import NARROW, Site, visit

WRIST = 4
SEND = "Send to Unit 0"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    with editor_site(tmp_path_factory.mktemp("poses")) as site:
        yield site


@pytest.fixture(scope="module")
def opened(browser: Browser, place: Site, photo: Path) -> Generator[Editor]:
    """Unit 0 with a picture of 384x256 and the pose that was found in it."""
    with editor(browser, place, ".rc-paper") as found:
        found.choose("OpenPose")
        expect(found.studio.control("Preprocessor", KEY)).to_have_value("one_figure")
        yield found


@pytest.fixture
def poses(opened: Editor, photo: Path) -> Generator[Editor]:
    """The editor with the figure that the preprocessor has found, whatever was done before."""
    opened.put(photo)
    opened.studio.control("Preprocessor", KEY).click()
    opened.page.get_by_role("option", name="one_figure").click()
    opened.detect()
    opened.open("edit_pose")
    expect(opened.dialog.get_by_role("button", name="Figure 1", exact=True)).to_be_visible()
    take(opened, figure_json())
    yield opened
    if opened.dialog.count():
        opened.press("Close")
        expect(opened.dialog).to_have_count(0)


def figure_json() -> str:
    numbers = [each for point in FIGURE for each in ((point[0] * 384, point[1] * 256, 1) if point else (0, 0, 0))]
    return json.dumps({"people": [{"pose_keypoints_2d": numbers}], "canvas_width": 384, "canvas_height": 256})


def take(editor: Editor, text: str) -> None:
    """As if the text was pasted."""
    editor.page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', text);
          const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
          document.querySelector('.rc-stage').dispatchEvent(paste);
        }""",
        text,
    )


def joint(person: dict[str, Any], index: int, part: str = "pose") -> tuple[float, ...]:
    return tuple(person[f"{part}_keypoints_2d"][3 * index : 3 * index + 3])


def at(index: int) -> tuple[float, float]:
    point = FIGURE[index]
    assert point
    return point[0] * 384, point[1] * 256


def saved(editor: Editor) -> dict[str, Any]:
    with editor.page.expect_download() as download:
        editor.press("Save JSON")
    return json.loads(download.value.path().read_text())


def test_a_found_pose_is_corrected_and_becomes_the_units_picture(opened: Editor, photo: Path):
    opened.put(photo)
    opened.detect()
    opened.open("edit_pose")
    x, y = at(WRIST)
    opened.drag((x, y), (x + 40, y - 20))
    opened.send(SEND)
    expect(opened.studio.control("Preprocessor", KEY)).to_have_value("none")
    told = opened.sent_poses()
    assert joint(told["people"][0], WRIST) == pytest.approx((x + 40, y - 20, 1), abs=1)
    assert joint(told["people"][0], 7)[:2] == pytest.approx(at(7), abs=0.01)
    assert opened.sent_image().size == (384, 256)
    assert np.array_equal(np.asarray(opened.sent_image()), np.asarray(rendered(told)))


def test_what_was_sent_is_edited_again(opened: Editor):
    opened.open("edit_pose")
    x, y = at(WRIST)
    assert joint(saved(opened)["people"][0], WRIST)[:2] == pytest.approx((x + 40, y - 20), abs=1)
    opened.press("Close")
    expect(opened.dialog).to_have_count(0)


def test_the_browser_draws_as_the_server_does(poses: Editor):
    poses.press("Add left hand")
    poses.press("Add face")
    poses.click(5, 250)  # nothing is chosen: no marks
    poses.page.wait_for_timeout(200)
    seen = poses.page.evaluate(
        """() => {
          const canvas = document.querySelector('dialog .rc-overlay');
          const stage = canvas.getBoundingClientRect();
          const paper = document.querySelector('.rc-paper').getBoundingClientRect();
          const ratio = canvas.width / stage.width;
          const context = new OffscreenCanvas(384, 256).getContext('2d');
          context.fillStyle = '#000';
          context.fillRect(0, 0, 384, 256);
          context.imageSmoothingQuality = 'high';
          context.drawImage(canvas, (paper.left - stage.left) * ratio, (paper.top - stage.top) * ratio,
            paper.width * ratio, paper.height * ratio, 0, 0, 384, 256);
          return Array.from(context.getImageData(0, 0, 384, 256).data);
        }"""
    )
    ours = np.array(seen, np.uint8).reshape(256, 384, 4)[:, :, :3].astype(int)
    told = saved(poses)
    theirs = np.asarray(rendered(told)).astype(int)
    assert np.abs(ours - theirs).mean() < 1.5
    x, y = (int(value) for value in at(WRIST))
    assert np.abs(ours[y, x] - theirs[y, x]).max() <= 2
    assert (np.abs(ours - theirs).max(axis=2) > 64).mean() < 0.02  # only edges differ


def test_joints_hide_and_come_back(poses: Editor):
    poses.press("Right wrist")
    assert joint(saved(poses)["people"][0], WRIST) == pytest.approx((*at(WRIST), 0), abs=0.01)
    poses.press("Right wrist")
    poses.click(*at(7), button="right")
    people = saved(poses)["people"]
    assert joint(people[0], WRIST)[2] == 1
    assert joint(people[0], 7)[2] == 0
    poses.press("Right ear")  # was nowhere
    assert joint(saved(poses)["people"][0], 16)[2] == 1


def test_undo_and_redo(poses: Editor):
    before = saved(poses)
    x, y = at(WRIST)
    poses.drag((x, y), (x + 30, y))
    after = saved(poses)
    assert after != before
    poses.page.keyboard.press("Control+z")
    assert saved(poses) == before
    poses.page.keyboard.press("Control+y")
    assert saved(poses) == after
    poses.press("Undo")
    assert saved(poses) == before


def test_a_figure_moves_grows_and_turns_as_a_whole(poses: Editor):
    poses.press("Figure 1")
    middle = (at(8)[0] + 10, at(8)[1] - 20)  # inside of its box, on no joint
    poses.drag(middle, (middle[0] + 50, middle[1] + 10))
    moved = saved(poses)["people"][0]
    for index in (0, WRIST, 13):
        assert joint(moved, index)[:2] == pytest.approx((at(index)[0] + 50, at(index)[1] + 10), abs=1.5)
    pixel = 1 / scale(poses)
    left, top = at(WRIST)[0] + 50 - 14 * pixel, 0.17 * 256 + 10 - 14 * pixel
    right, bottom = at(7)[0] + 50 + 14 * pixel, at(13)[1] + 10 + 14 * pixel
    middle = ((left + right) / 2, (top + bottom) / 2)
    poses.drag((right, bottom), middle)  # to half its size, about the other corner
    smaller = saved(poses)["people"][0]
    assert joint(smaller, 13)[0] == pytest.approx(left + (joint(moved, 13)[0] - left) / 2, abs=2)
    width, height = (right - left) / 2, (bottom - top) / 2
    poses.press("Undo")
    turn = (left + width, top - 26 * pixel)
    reach = height + 26 * pixel
    poses.drag(turn, (left + width + reach, top + height))  # a quarter to the right
    turned = saved(poses)["people"][0]
    assert joint(turned, 1)[1] == pytest.approx(top + height, abs=2)
    assert joint(turned, 1)[0] > left + width


def scale(editor: Editor) -> float:
    one, other = editor.on_screen(0, 0), editor.on_screen(100, 0)
    return (other[0] - one[0]) / 100


def test_hands_and_face_come_go_and_are_pulled(poses: Editor):
    assert saved(poses)["people"][0]["hand_right_keypoints_2d"] is None
    poses.press("Add right hand")
    hand = saved(poses)["people"][0]
    assert len(hand["hand_right_keypoints_2d"]) == 63
    assert joint(hand, 0, "hand_right")[:2] == pytest.approx(at(WRIST), abs=0.01)
    x, y, _ = joint(hand, 8, "hand_right")
    poses.drag((x, y), (x - 25, y + 5))
    assert joint(saved(poses)["people"][0], 8, "hand_right")[:2] == pytest.approx((x - 25, y + 5), abs=1.5)
    x, y = at(WRIST)
    poses.press("Body")
    poses.drag((x, y), (x, y - 30))  # the hand hangs on the wrist
    assert joint(saved(poses)["people"][0], 0, "hand_right")[:2] == pytest.approx((x, y - 30), abs=1.5)
    poses.press("Add face")
    assert len(saved(poses)["people"][0]["face_keypoints_2d"]) == 210
    poses.press("Remove face")
    poses.press("Remove right hand")
    person = saved(poses)["people"][0]
    assert (person["face_keypoints_2d"], person["hand_right_keypoints_2d"]) == (None, None)


def test_figures_come_and_go(poses: Editor):
    poses.press("Add a figure")
    assert len(saved(poses)["people"]) == 2
    poses.press("Remove Figure 1")
    (person,) = saved(poses)["people"]
    assert joint(person, WRIST)[:2] != pytest.approx(at(WRIST), abs=3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{not", "This is no JSON"),
        ("[1, 2]", 'has no list "people"'),
        ('{"people": [{"pose_keypoints_2d": [1, 2]}]}', "Body has 2 numbers; 54 make it up"),
        ('{"people": [{"pose_keypoints_2d": ["x"]}]}', "is not a list of numbers"),
        ('{"people": [], "canvas_width": 90000}', '"canvas_width" is 90000'),
    ],
)
def test_other_json_is_refused_in_plain_words(poses: Editor, text: str, said: str):
    before = saved(poses)
    take(poses, text)
    expect(poses.dialog.get_by_role("alert")).to_contain_text(said)
    assert saved(poses) == before


def test_json_comes_from_a_file(poses: Editor, tmp_path: Path):
    file = tmp_path / "poses.json"
    told = json.loads(figure_json())
    told["people"].append({"pose_keypoints_2d": [10, 20, 1] + [0] * 51})
    file.write_text(json.dumps([told]))  # the list that /controlnet/detect answers
    with poses.page.expect_file_chooser() as chooser:
        poses.press("Open JSON; pasting and dropping work too")
    chooser.value.set_files(file)
    expect(poses.dialog.get_by_role("button", name="Figure 2", exact=True)).to_be_visible()
    assert joint(saved(poses)["people"][1], 0) == (10, 20, 1)


def test_what_was_not_sent_is_there_after_a_reload(poses: Editor):
    x, y = at(WRIST)
    poses.drag((x, y), (x + 35, y))
    poses.page.wait_for_function(  # the page keeps its values when they have rested
        "async (name) => (await window.RedrawCanvas.session.values()).txt2img?.[name] === true",
        arg="control.0.allow_preview",
    )
    poses.page.wait_for_timeout(1000)
    poses.studio.reload()
    poses.unfold()
    poses.page.wait_for_selector(f"{UNIT}_image .rc-has")
    poses.open("edit_pose")
    expect(poses.dialog.locator(".rc-message")).to_contain_text("not yet sent")
    assert joint(saved(poses)["people"][0], WRIST)[:2] == pytest.approx((x + 35, y), abs=1)
    poses.press("Start anew")
    assert joint(saved(poses)["people"][0], WRIST)[:2] == pytest.approx(at(WRIST), abs=1)


def test_a_new_pose_needs_no_picture(opened: Editor):
    opened.page.locator(f"{UNIT}_image").get_by_role("button", name="Remove the picture").click()
    opened.studio.set("Width", "320", KEY)
    opened.studio.set("Height", "448", KEY)
    opened.open("new_pose")
    expect(opened.dialog.get_by_text("There is no figure yet")).to_be_visible()
    opened.press("Add a figure")
    opened.send(SEND)
    assert opened.sent_image().size == (320, 448)
    assert len(opened.sent_poses()["people"]) == 1


def test_on_img2img_the_pose_of_the_tabs_picture_becomes_the_units_own(opened: Editor, photo: Path):
    studio = opened.studio
    studio.tab("img2img")
    studio.put("img2img", photo)
    fold = opened.page.locator("#img2img_controlnet")
    fold.locator("> button").click()
    fold.get_by_text("OpenPose", exact=True).first.click()
    fold.get_by_role("button", name="Run preprocessor").first.click()
    expect(opened.page.locator("#img2img_control_0_preview .rc-picture")).to_be_visible()
    opened.page.click("#img2img_control_0_edit_pose")
    expect(opened.dialog.locator(".rc-paper img")).to_be_visible()  # the tab's picture, dimmed
    opened.send(SEND)
    expect(fold.get_by_label("Upload independent control image").first).to_be_checked()
    expect(opened.page.locator("#img2img_control_0_image .rc-picture")).to_be_visible()
    key = opened.page.evaluate("window.RedrawCanvas.get('img2img_control_0_image').exchange.value.picture")
    answer = requests.get(f"{studio.site.address}/canvas/pictures/{key}", timeout=10)
    told = poses_in(answer.content)
    assert told
    assert told["canvas_width"] / told["canvas_height"] == pytest.approx(384 / 256, abs=0.01)
    looked_at = [-side // 64 * -64 for side in (told["canvas_width"], told["canvas_height"])]  # padded for networks
    expected = [share * side for share, side in zip(FIGURE[WRIST] or (), looked_at, strict=True)]
    assert joint(told["people"][0], WRIST)[:2] == pytest.approx(expected, abs=1)


def test_on_a_phone_a_finger_pulls_a_joint(browser: Browser, place: Site, photo: Path):
    with visit(browser, place, NARROW) as studio:
        studio.open()
        phone = Editor(studio, ".rc-paper")
        phone.unfold()
        phone.choose("OpenPose")
        phone.put(photo)
        phone.detect()
        phone.open("edit_pose")
        assert phone.page.evaluate("document.querySelector('dialog').scrollWidth <= 390")
        box = phone.dialog.get_by_role("button", name=SEND).bounding_box()
        assert box
        assert box["x"] + box["width"] <= 390
        session = studio.page.context.new_cdp_session(studio.page)
        x, y = at(WRIST)
        start, end = phone.on_screen(x, y), phone.on_screen(x - 40, y - 40)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            where = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

        touch("touchStart", (start[0] + 5, start[1] + 5))  # fingers are not exact
        for share in (0.3, 0.6, 1):
            touch("touchMove", (start[0] + 5 + share * (end[0] - start[0]), start[1] + 5 + share * (end[1] - start[1])))
        touch("touchEnd")
        assert joint(saved(phone)["people"][0], WRIST)[:2] == pytest.approx((x - 40, y - 40), abs=2)
