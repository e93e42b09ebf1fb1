"""POST streams with ids, of FastAPI's own event streams and of sse-starlette."""

import asyncio
import json
import os
from typing import AsyncIterable

import uvicorn
from fastapi import FastAPI, Header
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse as FastapiResponse
from fastapi.sse import ServerSentEvent as FastapiEvent
from pydantic import BaseModel
from sse_starlette import EventSourceResponse as StarletteResponse
from sse_starlette import ServerSentEvent as StarletteEvent

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origin_regex=".*",
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
counts = {"live": 0, "started": 0}


class Request(BaseModel):
    to: int
    everyMs: int = 0
    text: str = ""
    length: int = 0
    failsAfter: int | None = None


async def numbers(request: Request, last: str | None):
    """Yields the numbers after the last event id, each with its text."""
    counts["live"] += 1
    counts["started"] += 1
    try:
        for i in range(int(last or 0) + 1, request.to + 1):
            if request.failsAfter is not None and i > request.failsAfter:
                raise RuntimeError("the stream failed")
            yield i, {"i": i, "text": request.text or "x" * request.length}
            if request.everyMs and i < request.to:
                await asyncio.sleep(request.everyMs / 1000)
    finally:
        counts["live"] -= 1


@app.get("/counts")
async def get_counts():
    return counts


@app.post("/busy")
async def busy():
    return JSONResponse({"error": "slow down"}, 429, headers={"retry-after": "1"})


@app.post("/sse-starlette")
async def sse_starlette(request: Request, last_event_id: str | None = Header(None)):
    async def events():
        async for i, data in numbers(request, last_event_id):
            yield StarletteEvent(data=json.dumps(data, ensure_ascii=False), id=str(i))
        yield StarletteEvent(data="[DONE]")

    return StarletteResponse(events(), ping=1)


@app.post("/fastapi", response_class=FastapiResponse)
async def fastapi(request: Request, last_event_id: str | None = Header(None)) -> AsyncIterable[FastapiEvent]:
    async for i, data in numbers(request, last_event_id):
        yield FastapiEvent(data=data, id=str(i))
    yield FastapiEvent(raw_data="[DONE]")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
