"""Strawberry on FastAPI: the schema of ../schema.graphql. /graphql speaks both protocols, /multipart only one."""

import asyncio
import os
from contextlib import contextmanager
from typing import AsyncGenerator

import strawberry
import uvicorn
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL

counts = {"live": 0, "bumped": 0}


@contextmanager
def open_subscription():
    counts["live"] += 1
    try:
        yield
    finally:
        counts["live"] -= 1


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"Hello, {name}!"

    @strawberry.field
    def fails(self) -> str | None:
        raise ValueError("the resolver failed")

    @strawberry.field
    def live(self) -> int:
        return counts["live"]

    @strawberry.field
    def bumped(self) -> int:
        return counts["bumped"]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def bump(self) -> int:
        counts["bumped"] += 1
        return counts["bumped"]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def counter(self, to: int, every_ms: int = 1) -> AsyncGenerator[int, None]:
        with open_subscription():
            for i in range(1, to + 1):
                yield i
                if every_ms:
                    await asyncio.sleep(every_ms / 1000)

    @strawberry.subscription
    async def echo(self, text: str) -> AsyncGenerator[str, None]:
        yield text

    @strawberry.subscription
    async def big(self, length: int) -> AsyncGenerator[str, None]:
        yield "x" * length

    @strawberry.subscription
    async def iterator_fails(self, after: int = 1) -> AsyncGenerator[int, None]:
        for i in range(1, after + 1):
            yield i
        raise ValueError("the iterator failed")

    @strawberry.subscription
    async def quiet(self, ms: int) -> AsyncGenerator[str, None]:
        with open_subscription():
            yield "first"
            await asyncio.sleep(ms / 1000)
            yield "last"


schema = strawberry.Schema(Query, Mutation, Subscription)
app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origin_regex=".*",
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
both = [GRAPHQL_SSE_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL]
app.include_router(GraphQLRouter(schema, subscription_protocols=both), prefix="/graphql")
app.include_router(GraphQLRouter(schema, subscription_protocols=both[1:]), prefix="/multipart")

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
