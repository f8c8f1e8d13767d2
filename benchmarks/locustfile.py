"""What 650 people do in the last hour, for locust. $CROWD says who they are; what was acknowledged goes to $ACKS.

Of ten requests four read (mostly the question at hand), four save an answer as its form does while one types, two send
pieces of a file. Each person asks once in 13 seconds on average, so 650 people make 50 requests a second.
"""

import base64
import itertools
import json
import os
import random
import re
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, task

SAID = json.loads(Path(os.environ["CROWD"]).read_text())
ACKS = Path(os.environ["ACKS"]).open("a", buffering=1)  # noqa: SIM115 - as long as the process
TURN = itertools.count()
VERSION = re.compile(r'name="version" value="(\d+)"')
SIZE = 200_000


class Person(FastHttpUser):
    """One coordinator with questions of their own."""

    wait_time = between(9, 17)

    def on_start(self) -> None:
        self.me: dict[str, Any] = SAID["people"][next(TURN)]
        self.secret = SAID["secret"]
        self.path = f"/evaluasi/{self.me['evaluation']}/"
        self.headers_ = {
            "Cookie": f"{SAID['cookie']}={self.me['session']}; csrftoken={self.secret}",
            "Origin": self.host,
        }
        self.upload: tuple[str, int] | None = None

    def question(self) -> dict[str, Any]:
        return random.choice(self.me["answers"])  # nosec - a load, no secret

    @task(30)
    def reads_a_question(self) -> None:
        self.client.get(f"{self.path}p/{self.question()['code']}/", headers=self.headers_, name="question")

    @task(7)
    def reads_the_evaluation(self) -> None:
        self.client.get(self.path, headers=self.headers_, name="evaluation")

    @task(6)
    def reads_the_tasks(self) -> None:
        self.client.get("/", headers=self.headers_, name="home")

    @task(37)
    def saves(self) -> None:
        answer = self.question()
        version, value = answer["version"], answer["values"][answer["version"] % 2]
        form = {
            "csrfmiddlewaretoken": self.secret, "version": version, "value": value, "note": f"Catatan {version}.",
        }  # fmt: skip
        headers = self.headers_ | {"HX-Request": "true", "HX-Trigger-Name": "autosave"}
        with self.client.post(
            f"{self.path}p/{answer['code']}/", form, headers=headers, name="save", catch_response=True
        ) as reply:
            found = VERSION.search(reply.text or "")
            if reply.status_code == 200 and found:
                answer["version"] = int(found[1])
                ACKS.write(json.dumps([self.me["evaluation"], answer["code"], answer["version"], value]) + "\n")
            else:
                reply.failure(f"{reply.status_code}: {(reply.text or '')[:200]}")

    @task(20)
    def sends_a_piece(self) -> None:
        """A file in two pieces: one of create, first piece, second piece and end is taken at a time."""
        headers = self.headers_ | {"X-CSRFToken": self.secret}
        if self.upload is None:
            key = str(random.random())  # nosec - unlike the others, no secret
            name, key = (base64.b64encode(text.encode()).decode() for text in ("berkas.pdf", key))
            told = {"Upload-Length": str(SIZE), "Upload-Metadata": f"filename {name},key {key}"}
            with self.client.post("/unggahan/", headers=headers | told, name="upload", catch_response=True) as made:
                if made.status_code == 201:
                    self.upload = made.headers["Location"], 0
                else:
                    made.failure(f"{made.status_code}: {(made.text or '')[:200]}")
            return
        path, offset = self.upload
        if offset >= SIZE:
            self.client.delete(path, headers=headers, name="upload withdrawn")
            self.upload = None
            return
        told = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        body = b"%PDF-1.4\n" + bytes(SIZE // 2 - 9) if not offset else bytes(SIZE // 2)
        self.client.patch(path, data=body, headers=headers | told, name="piece")  # type: ignore[arg-type]
        self.upload = path, offset + SIZE // 2
