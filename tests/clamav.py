"""A real ClamAV daemon for the tests, which knows one signature: the EICAR test file's. Nothing is downloaded."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from evidence import clamd
from scripts.processes import Process
from tests.servers import program, wait

# in two parts, so that no scanner takes this very file for the test file
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
FOUND = "Portal.Uji.Eicar.UNOFFICIAL"


class Clamav:
    """clamd with a socket, a configuration and signatures of its own, in a folder that goes with it."""

    def __init__(self, *, stream_limit: str = "60M") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-kla-clamav-"))
        self.address = str(self.folder / "socket")
        try:
            signatures = self.folder / "signatures"
            signatures.mkdir()
            # whole files by digest (members of archives and parts of documents are files too), and anywhere by content
            digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
            (signatures / "uji.hdb").write_text(f"{digest}:{len(EICAR)}:Portal.Uji.Eicar\n")
            (signatures / "uji.ndb").write_text(f"Portal.Uji.Eicar:0:*:{EICAR.hex()}\n")
            self.config = self.folder / "clamd.conf"
            self.config.write_text(
                f"LocalSocket {self.address}\nDatabaseDirectory {signatures}\nTemporaryDirectory {self.folder}\n"
                f"Foreground yes\nLogTime no\nStreamMaxLength {stream_limit}\nMaxFileSize 60M\nMaxScanSize 400M\n"
                "AlertExceedsMax yes\nMaxThreads 2\nCommandReadTimeout 30\nReadTimeout 30\n"
            )
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Start it; also after `process.kill()`, on the same address."""
        if os.path.exists(self.address):
            os.unlink(self.address)
        self.process = Process(
            "ClamAV", [program("clamd", "/usr/sbin"), "--config-file", self.config], log=self.folder / "log",
            cwd=self.folder,
        )  # fmt: skip
        wait(self.process, lambda: clamd.ping(self.address), clamd.NoScanner)

    def stop(self) -> None:
        if hasattr(self, "process"):
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
