//! async-graphql on axum: the schema of ../schema.graphql, subscriptions as multipart.

use async_graphql::{Error, Object, Result, Schema, Subscription};
use async_graphql_axum::GraphQL;
use axum::{routing::post_service, Router};
use futures_util::Stream;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

static LIVE: AtomicI32 = AtomicI32::new(0);
static BUMPED: AtomicI32 = AtomicI32::new(0);

/// Counts a subscription from its first poll until it is dropped.
struct Open;

impl Open {
    fn count() -> Self {
        LIVE.fetch_add(1, SeqCst);
        Open
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, SeqCst);
    }
}

async fn sleep(ms: i32) {
    tokio::time::sleep(Duration::from_millis(ms as u64)).await
}

struct Query;

#[Object]
impl Query {
    async fn hello(&self, #[graphql(default_with = r#""world".to_string()"#)] name: String) -> String {
        format!("Hello, {name}!")
    }
    async fn fails(&self) -> Result<Option<String>> {
        Err(Error::new("the resolver failed"))
    }
    async fn live(&self) -> i32 {
        LIVE.load(SeqCst)
    }
    async fn bumped(&self) -> i32 {
        BUMPED.load(SeqCst)
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn bump(&self) -> i32 {
        BUMPED.fetch_add(1, SeqCst) + 1
    }
}

struct Subscriptions;

#[Subscription(name = "Subscription")]
impl Subscriptions {
    async fn counter(&self, to: i32, #[graphql(default = 1)] every_ms: i32) -> impl Stream<Item = i32> {
        async_stream::stream! {
            let _open = Open::count();
            for i in 1..=to {
                yield i;
                if every_ms > 0 { sleep(every_ms).await; }
            }
        }
    }
    async fn echo(&self, text: String) -> impl Stream<Item = String> {
        async_stream::stream! { yield text; }
    }
    async fn big(&self, length: i32) -> impl Stream<Item = String> {
        async_stream::stream! { yield "x".repeat(length as usize); }
    }
    async fn iterator_fails(&self, after: i32) -> impl Stream<Item = Result<i32>> {
        async_stream::stream! {
            for i in 1..=after { yield Ok(i); }
            yield Err(Error::new("the iterator failed"));
        }
    }
    async fn quiet(&self, ms: i32) -> impl Stream<Item = String> {
        async_stream::stream! {
            let _open = Open::count();
            yield "first".to_string();
            sleep(ms).await;
            yield "last".to_string();
        }
    }
}

#[tokio::main]
async fn main() {
    let schema = Schema::new(Query, Mutation, Subscriptions);
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .allow_credentials(true);
    let port = std::env::var("PORT").expect("PORT is the port to listen on");
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    let app = Router::new().route("/graphql", post_service(GraphQL::new(schema))).layer(cors);
    axum::serve(listener, app).await.unwrap();
}
