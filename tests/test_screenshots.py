"""The README shows every picture of the page, and they are small."""

import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "screenshots"
MAX_BYTES, MAX_FILES = 150_000, 6


def test_the_readme_shows_every_picture_with_words_for_it():
    shown = dict(re.findall(r"!\[([^\]]+)\]\(docs/screenshots/([\w-]+\.webp)\)", (ROOT / "README.md").read_text()))
    assert sorted(shown.values()) == sorted(file.name for file in FOLDER.iterdir())
    assert 0 < len(shown) <= MAX_FILES


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*")), ids=lambda file: file.name)
def test_a_picture_is_small_and_wide_enough_to_read(file):
    assert file.stat().st_size <= MAX_BYTES
    with Image.open(file) as picture:
        assert picture.width >= 1000
