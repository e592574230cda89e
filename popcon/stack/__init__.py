"""The whole of popcon on one machine: NATS and every service, each a process of its own, started, watched and stopped.

settings   where the data folder is, and which NATS is used
folder     the data folder: its paths, its lock, the record of the stack that runs on it
ports      free ports
broker     where nats-server is and how it is configured
programs   what is started: names, commands, environments
processes  one process: its group, its output, its end
leash      why no process outlives the supervisor
keeper     keeps one program running
lines      one readable log out of many
stack      all of it together

async with Stack(folder) as stack:
    await stack.wait_ready(60)
    ...
"""

from popcon.stack.folder import Folder
from popcon.stack.stack import Stack

__all__ = ["Folder", "Stack"]
