"""SIGTERM, which clusters send before they take a machine away: a run ends its step, saves and exits with 0."""

import signal

import torch
from accelerate import Accelerator


class StopRequest:
    """Notes the signal from now on, in place of dying from it."""

    def __init__(self, accelerator: Accelerator):
        self.accelerator, self._asked = accelerator, False
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, *_) -> None:
        self._asked = True

    def agreed(self) -> bool:
        """Whether any process was asked to stop. All processes must call this at the same place: the signal reaches
        them at different moments, and one that stopped a step early would leave the others waiting for it."""
        if self.accelerator.num_processes == 1:
            return self._asked
        asked = torch.tensor(float(self._asked), device=self.accelerator.device)
        return self.accelerator.reduce(asked, reduction="sum").item() > 0
