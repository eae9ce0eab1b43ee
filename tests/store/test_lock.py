import subprocess
import sys
from pathlib import Path

import pytest

from studio.domain.errors import StudioError
from studio.store.lock import lock_folder

HOLD = "import sys, pathlib; from studio.store.lock import lock_folder; lock_folder(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"  # noqa: E501


def test_a_folder_is_free_again_however_the_other_process_ended(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StudioError, match="Another studio"):
            lock_folder(tmp_path)
        other.kill()
    lock_folder(tmp_path)
