"""The page's words are in one place, so that they can be translated."""

import ast
from pathlib import Path

import pytest

STUDIO = Path(__file__).parents[1] / "dvd_gan" / "studio"
TABS = sorted(path for path in STUDIO.glob("*.py") if not path.stem.startswith("text"))
SHOWN = {"label", "info", "placeholder", "alt_text", "title", "description", "value"}
SPEAKING = {"Button", "DownloadButton", "Markdown", "Accordion", "Tab", "Step", "Error", "Info", "Warning", "Success"}


def words(node: ast.AST) -> list[str]:
    """String constants of an expression that hold a word."""
    constants = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return [value for value in constants if isinstance(value, str) and any(letter.isalpha() for letter in value)]


def visible_words(source: str) -> list[str]:
    """Words given to gradio to show, written where they are used."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if not ast.unparse(call.func).startswith("gr."):
            continue
        shown = [keyword.value for keyword in call.keywords if keyword.arg in SHOWN]
        if call.func.attr in SPEAKING:
            shown += call.args[:1]
        for expression in shown:
            if isinstance(expression, (ast.Constant, ast.JoinedStr, ast.BinOp)):
                found += words(expression)
    return found


@pytest.mark.parametrize("path", TABS, ids=lambda path: path.stem)
def test_a_tab_holds_no_words_of_its_own(path):
    assert not visible_words(path.read_text())


def test_words_are_found_where_they_are_written():
    assert visible_words("gr.Button('Go', size='sm')") == ["Go"]
    assert visible_words("gr.Error(f'{name} is missing')") == [" is missing"]
    assert visible_words("gr.Number(label='Seed', elem_id='seed')") == ["Seed"]
    assert not visible_words("gr.Button(text.GO, elem_id='go'); gr.Radio(value=1, label=text.A)")
