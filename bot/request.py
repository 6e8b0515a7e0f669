"""How the bot speaks HTTP: python-telegram-bot's request on aiohttp, several times cheaper than its own.

A slow answer is not a lost one: a short read timeout would send the same message twice.
"""

import os
from typing import Any

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

# Durations as timedelta: asked for the old way, every 429 would be a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
UPLOAD_SECONDS = 120.0


class NotSent(NetworkError):
    """The request certainly never reached Telegram."""


class AiohttpRequest(BaseRequest):
    def __init__(self, *, connections: int = 64) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_SECONDS

    async def initialize(self) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections)
            self._session = aiohttp.ClientSession(connector=connector)

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise RuntimeError("the request was used before initialize()")
        read = read_timeout if isinstance(read_timeout, int | float) else READ_SECONDS
        form: Any = None
        if request_data and request_data.multipart_data:
            read = max(read, UPLOAD_SECONDS)
            # Unquoted: Telegram would show a Chinese file's name percent by percent.
            form = aiohttp.FormData(request_data.json_parameters, quote_fields=False)
            for name, (filename, data, mime) in request_data.multipart_data.items():
                form.add_field(name, data, filename=filename, content_type=mime)
        elif request_data:
            form = request_data.json_parameters
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=read)
        try:
            async with self._session.request(method, url, data=form, timeout=timeout) as response:
                return response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from error
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from error
