//! Tests of the probes, of the request id in every reply, and of panics.

use super::*;

#[tokio::test]
async fn every_reply_has_the_id_of_its_request() {
    let server = TestServer::start(None).await;
    let own = server.send("GET /healthz HTTP/1.1\r\nX-Request-Id: my-own-7", "").await;
    assert!(own.head.contains("x-request-id: my-own-7"), "{}", own.head);
    assert!(own.head.contains("cache-control: no-store"), "{}", own.head);
    for head in ["GET /no HTTP/1.1", "PUT /graphql HTTP/1.1", "GET /readyz HTTP/1.1\r\nX-Request-Id: two words"] {
        let reply = server.send(head, "").await;
        let id = reply.head.split("x-request-id: ").nth(1).and_then(|rest| rest.lines().next()).expect("an id");
        assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{head}: {}", reply.head);
    }
}

/// Serves a router over a socket and returns the raw reply to one request.
async fn request(router: Router, path: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: r7\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("a reply");
    text
}

async fn state(readiness: ReadinessCheck) -> (ServerState, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite://{}?mode=rwc", directory.path().join("needle.db").display());
    let database = Database::connect(&url).await.expect("a database");
    let job_context = RunContext { database, calendar: Calendar { zone: UTC }.into(), clock: Clock::new(|| NOW) };
    let api = Api::new(job_context, ApiSettings::default());
    let access = AccessConfig::default();
    (
        ServerState {
            api,
            anonymous: None,
            identity_provider: None,
            access,
            hooks: Arc::default(),
            body_limit_bytes: 1 << 20,
            readiness,
        },
        directory,
    )
}

#[tokio::test]
async fn a_handler_that_panics_gives_500_with_the_request_id() {
    let (state, _directory) = state(Arc::new(|| panic!("eva@example.org"))).await;
    let reply = request(router(state), "/readyz").await;
    assert!(reply.starts_with("HTTP/1.1 500") && reply.contains("x-request-id: r7"), "{reply}");
    assert!(reply.contains("\"code\":\"INTERNAL\"") && reply.contains("\"requestId\":\"r7\""), "{reply}");
    assert!(!reply.contains("eva"), "{reply}");
}

#[tokio::test]
async fn readyz_gives_the_reason_within_seconds() {
    let (pending, _directory) =
        state(Arc::new(|| Box::pin(async { Err("the migration m is pending".to_owned()) }))).await;
    let reply = request(router(pending), "/readyz").await;
    assert!(reply.starts_with("HTTP/1.1 503") && reply.contains("the migration m is pending"), "{reply}");
    let (stuck, _directory) = state(Arc::new(|| Box::pin(std::future::pending()))).await;
    let reply = tokio::time::timeout(Duration::from_secs(10), request(router(stuck), "/readyz")).await;
    let reply = reply.expect("in time");
    assert!(reply.starts_with("HTTP/1.1 503") && reply.contains("within 2 seconds"), "{reply}");
    let (ready, _directory) = state(Arc::new(|| Box::pin(async { Ok(()) }))).await;
    let stopping = ShutdownFlag::default();
    stopping.set();
    let reply = request(router(ready).layer(Extension(stopping)), "/readyz").await;
    assert!(reply.starts_with("HTTP/1.1 503") && reply.contains("stopping"), "{reply}");
}

#[tokio::test]
async fn while_the_database_is_not_available_everything_but_healthz_is_503_with_retry_after() {
    let server = TestServer::start(None).await;
    let (token, person) = (server.token("ada", Role::Admin).await, server.person("lea", Role::Leader).await);
    server.database.reader().clone().close().await.expect("closed");
    server.database.writer().clone().close().await.expect("closed");
    for media_type in [RESPONSE, JSON] {
        let reply = server.post(&token, media_type, &json!({ "query": "{ segments { totalCount } }" })).await;
        assert_eq!(reply.status, 503, "{}", reply.raw);
        assert!(reply.head.contains("retry-after: ") && reply.body.contains("\"UNAVAILABLE\""), "{}", reply.raw);
    }
    for path in ["/", "/segments", "/slices", "/runs", "/report"] {
        let reply = server.page(&person, path).await;
        assert_eq!(reply.status, 503, "{path}: {}", reply.raw);
        assert!(reply.head.contains("retry-after: "), "{path}: {}", reply.head);
    }
    assert_eq!(server.send("GET /healthz HTTP/1.1", "").await.status, 200);
}
