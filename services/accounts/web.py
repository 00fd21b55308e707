"""The page of the accounts service, and the same as JSON for programs."""

from hub_config.model.told import Told
from hub_config.said import said
from services.accounts.asked import Asked
from services.accounts.mine import Mine
from services.accounts.view import view
from services.common.app import App
from services.common.handlers import Api, Base, Page, Refused


def make(_: Told) -> App:
    """Return the service."""
    return App([(r"", AccountsPage), (r"api/v1/mine", MineHandler)], state=Asked())


async def _mine(handler: Base) -> Mine:
    who = handler.person
    if who is None or who.kind != "user":
        raise Refused(403, said("Only users have accounts, and only they are told of theirs."))
    asked: Asked = handler.state
    return await asked.mine(who.token)


class AccountsPage(Page):
    """GET: the visitor's accounts."""

    async def get(self) -> None:
        """Answer with the page."""
        await self.draw("services/accounts/page.html", accounts=view(await _mine(self)))


class MineHandler(Api):
    """GET with a user's token: their accounts as JSON."""

    async def get(self) -> None:
        """Answer as the hub does."""
        self.write((await _mine(self)).model_dump(mode="json"))
