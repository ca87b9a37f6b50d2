"""The page as it runs on ZeroGPU: each call in a process that is forked for it, what it needs and gives pickled."""

import json
import os

import numpy as np
import pytest

from tests.hub_fixtures import ROOT, run_python
from tests.test_clips import probe

# The `spaces` package as a page meets it on such a Space. Each forked process adds its number to $LENT.
SPACES = """
import functools, inspect, multiprocessing, os, pickle

def GPU(function):
    @functools.wraps(function)
    def once(*inputs):
        return next(lend(inputs))

    @functools.wraps(function)
    def one_by_one(*inputs):
        yield from lend(inputs)

    def lend(inputs):
        fork = multiprocessing.get_context("fork")
        receiver, sender = fork.Pipe(False)
        process = fork.Process(target=work, args=(pickle.dumps(inputs), sender), daemon=True)
        process.start()
        sender.close()
        while (answer := receiver.recv()) is not None:
            yield pickle.loads(answer)
        process.join()

    def work(inputs, sender):
        with open(os.environ["LENT"], "a") as file:
            print(os.getpid(), file=file)
        answers = function(*pickle.loads(inputs))
        for answer in answers if inspect.isgeneratorfunction(function) else [answers]:
            sender.send(pickle.dumps(answer))
        sender.send(None)

    return one_by_one if inspect.isgeneratorfunction(function) else once
"""
ASK = """if True:
    import json, os
    from pathlib import Path
    from gradio_client import Client
    from dvd_gan.studio import explore
    from tests.pages import running_page
    explore.LIVE_SECONDS = 0.25
    release = os.environ["RELEASE"]
    def name_all(page):
        for fn in page.fns.values():
            if fn.name == "keep_going":
                fn.api_visibility, fn.api_name = "public", fn.name
    with running_page(Path(release), Path(os.environ["FILES"]), name_all) as page:
        client = Client(page.local_url, verbose=False, download_files=os.environ["FILES"])
        clips = [client.predict("bend", seed, 6, checkpoint=release, api_name="/generate")[0] for seed in (7, 7, 8)]
        scores = client.predict("bend", 7, checkpoint=release, api_name="/score")
        walk = client.predict(checkpoint=release, class_from="bend", class_to="bend", api_name="/interpolate")[0]
        wall = client.predict(7, 6, api_name="/wall", checkpoint=release)
        going = client.submit("bend", 7, release, api_name="/keep_going")
        going.result()
        told = [caption for _, caption in going.outputs()]
        told = dict(clips=clips, scores=scores, walk=walk, wall=len(wall), told=told, pid=os.getpid())
        print(json.dumps(told), flush=True)
        os._exit(0)"""


@pytest.mark.slow
def test_every_kind_of_work_is_done_in_a_process_with_a_lent_gpu(tiny_release, pipe, tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "spaces.py").write_text(SPACES)
    places = dict(RELEASE=tiny_release, FILES=tmp_path / "files", LENT=tmp_path / "lent")
    path = os.pathsep.join(map(str, (tmp_path / "package", ROOT)))
    said = run_python(ASK, tmp_path, "http://127.0.0.1:9", PYTHONPATH=path, **{k: str(v) for k, v in places.items()})
    told = json.loads(said.splitlines()[-1])
    first, again, other = (probe(clip)[0] for clip in told["clips"])
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.abs(first[:, 8::16, 8::16] - pipe("bend", seeds=7, num_frames=6).frames[0] * 255).mean() < 4
    assert told["scores"]["temporal"] and len(probe(told["walk"])[0]) and told["wall"] == 4
    assert len(told["told"]) > 2 and "bend" in told["told"][0] and "Paused" in told["told"][-1]
    lent = (tmp_path / "lent").read_text().split()
    assert len(set(lent)) >= 7 and str(told["pid"]) not in lent
