"""Start DVD-GAN Studio: `python app.py`, then open the address it prints."""

import argparse
import signal

from dvd_gan import hub
from dvd_gan.studio import layout
from dvd_gan.studio.session import open_checkpoints
from dvd_gan.studio.visitors import VisitorCheckpoints
from dvd_gan.studio.walls import Walls


def main() -> None:
    default = hub.known_checkpoints()[0].id
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default=default, help="bundled name, folder, or owner/name[@revision]")
    parser.add_argument("--host", help="address to listen on; 0.0.0.0 lets other machines in")
    parser.add_argument("--port", type=int, help="port to listen on; the first free one from 7860 by default")
    parser.add_argument("--share", action="store_true", help="also open a public gradio.live address")
    args = parser.parse_args()

    try:
        checkpoints, notice = open_checkpoints(args.checkpoint)
    except ValueError as error:
        parser.error(str(error))
    if notice:
        print(notice)
    walls = Walls(VisitorCheckpoints(checkpoints))
    page = layout.build(checkpoints, notice, walls)
    page.launch(
        server_name=args.host,
        server_port=args.port,
        share=args.share,
        prevent_thread_lock=True,
        **layout.launch_settings(),
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a server that is told to end clears its files too
    walls.warm_up()
    page.block_thread()


if __name__ == "__main__":
    main()
