"""The stock hub under test: bench's, with the scenarios' commands, stubs and kill points."""

from collections.abc import Mapping
from typing import Any, ClassVar

from bench.stock.hub import CONFIG, StockHub
from tests.chaos.cluster import MEMORY
from tests.chaos.ours import PARTITIONS
from tests.chaos.side import ADMIN, Side

_SPAWNER = "batchspawner.batchspawner"
_COMMANDS = """
c.SlurmSpawner.batch_submit_cmd = "{bin}/sbatch --parsable"
c.SlurmSpawner.batch_query_cmd = "{bin}/squeue -h -j {{job_id}} -o '%T %B'"
c.SlurmSpawner.batch_cancel_cmd = "{bin}/scancel {{job_id}}"
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 1}}
c.Spawner.start_timeout = {start_timeout}
c.Spawner.poll_interval = {poll}
c.JupyterHub.db_url = "sqlite:///{data}/jupyterhub.sqlite"
"""


class Stock(Side):
    """JupyterHub, ProfilesSpawner and SlurmSpawner as their READMEs say."""

    name = "stock"
    job_name = "spawner-jupyterhub"
    usual_poll = 30
    points: ClassVar = {
        "before the intent": (_SPAWNER, "BatchSpawnerBase", "start", "before"),
        "intent committed": (_SPAWNER, "BatchSpawnerBase", "submit_batch_script", "before"),
        "answer not read": (_SPAWNER, "SlurmSpawner", "parse_job_id", "before"),
        "id not stored": (_SPAWNER, "BatchSpawnerBase", "submit_batch_script", "after"),
        "port reported": ("batchspawner.api", "BatchSpawnerAPIHandler", "post", "before"),
        "port taken": ("batchspawner.api", "BatchSpawnerAPIHandler", "post", "after"),
        "before the route": ("jupyterhub.proxy", "Proxy", "add_user", "before"),
        "after the route": ("jupyterhub.proxy", "Proxy", "add_user", "after"),
        "stop pressed": (_SPAWNER, "BatchSpawnerBase", "cancel_batch_job", "before"),
        "cancelled": (_SPAWNER, "BatchSpawnerBase", "cancel_batch_job", "after"),
    }

    def __init__(self) -> None:
        super().__init__()
        folder = self.root / "hub"
        folder.mkdir(mode=0o700)
        self.stock = StockHub(self.bed, folder, stub=self.stub)
        self.hub = self.stock
        self.settings: dict[str, Any] = {"poll": self.usual_poll, "start_timeout": 300}
        main = self.write_points()
        self.hub.argv = [
            str(self.stock.venv / "bin" / "python"), str(main), str(folder / "points.json"),
            "jupyterhub.app:main", "--config", str(CONFIG),
        ]  # fmt: skip
        self.configure()
        self.profiles({})

    def configure(self, **changes: Any) -> None:
        self.settings |= changes
        extra = _COMMANDS.format(bin=self.tools.bin, data=self.data, **self.settings)
        self.stock.configure(admins=[ADMIN], extra=extra)

    def profiles(self, more: Mapping[str, str]) -> None:
        offered = {**{name: name for name in PARTITIONS}, **more}
        self.stock.configure(profiles=[profile(*item) for item in offered.items()])

    def answers(self, partition: str) -> dict[str, str]:
        return {"profile": partition}

    def password(self, user: str) -> str:
        return self.stock.password

    def open(self) -> None:
        self.hub.start()


def profile(name: str, partition: str) -> tuple[str, str, dict[str, str]]:
    """Return one profile of ProfilesSpawner."""
    runtime = "00:01:00" if name == "brief" else "01:00:00"
    wanted = {"req_partition": partition, "req_memory": str(MEMORY), "req_runtime": runtime}
    return (f"Servers in {partition}", name, wanted)
