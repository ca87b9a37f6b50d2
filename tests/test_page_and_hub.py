"""A page whose default checkpoint is one of the Hub: how it starts, and what it asks for afterwards."""

import shutil
import time

import pytest

from dvd_gan import hub
from dvd_gan.studio import layout, session
from tests.fake_uploads import COMMIT
from tests.hub_fixtures import serving

REPO = "someone/clips"
WEIGHTS = "generator/diffusion_pytorch_model.safetensors"


@pytest.fixture
def fake_hub(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "repo")
    with serving(REPO, tmp_path / "repo") as server:
        yield server


@pytest.mark.parametrize(("fault", "fault_in"), [(404, ""), ("silent", ""), ("corrupt", WEIGHTS)])
def test_a_page_started_on_a_hub_checkpoint_comes_up_on_the_bundled_one_if_need_be(fake_hub, fault, fault_in):
    fake_hub.fault, fake_hub.fault_in = fault, fault_in
    started = time.monotonic()
    checkpoints, notice = session.open_checkpoints(REPO)
    assert time.monotonic() - started < 5
    assert checkpoints.default == "weizmann-64" and notice.endswith("Showing weizmann-64 instead.")


def test_a_page_on_a_hub_checkpoint_stays_at_its_commit_and_needs_the_hub_no_more(fake_hub):
    checkpoints, _ = session.open_checkpoints(REPO)
    asked = len(fake_hub.asked)
    layout.build(checkpoints)
    checkpoints.pipeline(REPO)
    assert hub.commit_of(checkpoints.folder(REPO)) == COMMIT and len(fake_hub.asked) == asked
