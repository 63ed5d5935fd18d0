//! Tests of the limits on connections, over real sockets.

use super::*;
use crate::limits::ConnectionLimits;

async fn server_with(connections: ConnectionLimits) -> TestServer {
    let settings = ApiSettings { connections, ..ApiSettings::default() };
    TestServer::start_with(None, settings, AccessConfig::default()).await
}

/// Opens connections and sends the beginning of a head on each.
async fn unfinished(server: &TestServer, number: usize) -> Vec<TcpStream> {
    let mut streams = Vec::with_capacity(number);
    for _ in 0..number {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
        streams.push(stream);
    }
    streams
}

/// Waits until the server has closed a connection, and returns what it has sent.
async fn closed(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    let _ = read.expect("closed by the server");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn probes_are_served_while_all_connections_are_taken() {
    for limits in [
        ConnectionLimits { total: 20, ..ConnectionLimits::default() },
        ConnectionLimits { per_address: 20, ..ConnectionLimits::default() },
    ] {
        let server = server_with(limits).await;
        let token = server.token("ada", Role::Viewer).await;
        let streams = unfinished(&server, 300).await;
        for path in ["/healthz", "/readyz", "/metrics"] {
            assert_eq!(server.send(&format!("GET {path} HTTP/1.1"), "").await.status, 200, "{path}");
        }
        let refused = server.post(&token, RESPONSE, &json!({ "query": "{ __typename }" })).await;
        assert_eq!(refused.status, 503, "{}", refused.raw);
        assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
        drop(streams);
        let mut replied = 503;
        for _ in 0..100 {
            replied = server.post(&token, RESPONSE, &json!({ "query": "{ __typename }" })).await.status;
            if replied == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(replied, 200, "there is room again");
    }
}

#[tokio::test]
async fn a_client_that_takes_too_long_is_disconnected() {
    let short = Duration::from_millis(200);
    let limits = ConnectionLimits { head_timeout: short, body_timeout: short, ..ConnectionLimits::default() };
    let server = server_with(limits).await;
    let mut streams = unfinished(&server, 3).await;
    for stream in &mut streams {
        let reply = closed(stream).await;
        assert!(!reply.contains("200 OK"), "{reply}");
    }
    let mut idle = TcpStream::connect(server.address).await.expect("a connection");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
    assert!(closed(&mut idle).await.contains("200 OK"), "replied, and closed after a while");
    let token = server.token("ada", Role::Viewer).await;
    let mut slow = TcpStream::connect(server.address).await.expect("a connection");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: {JSON}\r\nContent-Type: {JSON}\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 100\r\n\r\n{{\"query\":"
    );
    slow.write_all(head.as_bytes()).await.expect("sent");
    let reply = closed(&mut slow).await;
    assert!(reply.starts_with("HTTP/1.1 408") && reply.contains("did not arrive in time"), "{reply}");
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_disconnected() {
    let limits = ConnectionLimits { write_timeout: Duration::from_millis(200), ..ConnectionLimits::default() };
    let server = server_with(limits).await;
    let mut silent = TcpStream::connect(server.address).await.expect("a connection");
    let request = "GET /schema.graphql HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2_000);
    // The server stops reading once its replies do not get out, and then ends the connection.
    let mut sent = Ok(());
    for _ in 0..50 {
        sent =
            tokio::time::timeout(Duration::from_secs(20), silent.write_all(request.as_bytes())).await.expect("ended");
        if sent.is_err() {
            break;
        }
    }
    assert!(sent.is_err(), "the server keeps a client that does not read");
}
