import os
import time

import gradio as gr

from dvd_gan.studio import files, layout, session


def aged(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)


def test_old_clips_and_empty_folders_go_and_everything_else_stays(tmp_path):
    for name in ("clip-old", "clip-new", "hash-empty", "hash-full", "fresh-empty"):
        (tmp_path / name).mkdir()
    for name in ("clip-old", "clip-new", "hash-full"):
        (tmp_path / name / "a.mp4").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "clip-link").symlink_to(tmp_path / "hash-full", target_is_directory=True)
    for name in ("clip-old", "hash-empty", "hash-full", "file"):
        aged(tmp_path / name, 100)
    files.clear_old(tmp_path, age_seconds=50)
    assert {path.name for path in tmp_path.iterdir()} == {"clip-new", "hash-full", "fresh-empty", "file", "clip-link"}
    assert (tmp_path / "hash-full" / "a.mp4").is_file()
    files.clear_old(tmp_path / "nowhere", age_seconds=50)


def test_a_server_clears_what_a_killed_one_has_left(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    left = session.new_file("clip", "mp4")
    left.write_bytes(b"x")
    aged(left.parent, 3 * files.KEPT_SECONDS)
    with gr.Blocks() as page:
        gr.Markdown()
    page.launch(prevent_thread_lock=True, quiet=True, **layout.launch_settings())
    try:
        for _ in range(100):
            if not left.parent.exists():
                break
            time.sleep(0.1)
        assert not left.parent.exists()
    finally:
        page.close()
