import json
import shutil

from dvd_gan import hub
from dvd_gan.catalogue import describe


def test_the_bundled_checkpoint_says_all_that_people_compare():
    page = describe(hub.resolve("weizmann-64"))
    assert page.licence == "apache-2.0" and page.commit is None
    assert page.parameters["generator"] == 4_321_859
    assert f"{page.parameters['generator']:,}" in page.card
    figures = dict(page.figures)
    metrics = json.loads((hub.BUNDLED / "weizmann-64" / "metrics.json").read_text())
    assert figures["class accuracy by the judge"] == metrics["generated_clips"]["class_accuracy"]
    assert "clips per class 64" in page.protocol and "data weizmann" in page.protocol
    assert page.preview.name == "preview.mp4" and page.timeline.name == "timeline.mp4"


def test_a_bare_release_says_what_it_can(tiny_release):
    page = describe(tiny_release)
    assert page.licence == "not stated" and page.card == "" and page.figures == () and page.preview is None


def test_a_strangers_card_can_neither_break_the_page_nor_call_other_servers(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "r")
    (tmp_path / "r" / "metrics.json").write_text('{"generated_clips": [1], "protocol": 3}')
    hostile = "---\nlicense: [\n---\n# Hi\n![x](http://a/b.png) ![y][z] <img src=http://a> <script>\n"
    (tmp_path / "r" / "README.md").write_text(hostile)
    page = describe(tmp_path / "r")
    assert page.figures == () and page.protocol == "" and page.licence == "not stated"
    assert page.card.startswith("# Hi") and "http" not in page.card and "<" not in page.card
