"""What is announced now, and where: the one door through which pages and JupyterLab ask.

It comes from site.yml, from the service of announcements and from the scheduler, which knows when
its nodes are reserved for maintenance; whoever asks sees no difference.
"""

from hub_config.announcements.announced import Announced, utc_now
from hub_config.announcements.notice import Closing, Notice
from hub_config.announcements.published import Published
from hub_config.announcements.reservations import Reserved

__all__ = ["Announced", "Closing", "Notice", "Published", "Reserved", "utc_now"]
