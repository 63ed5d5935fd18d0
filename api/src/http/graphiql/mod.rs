//! The page `/graphiql`, to try the API in a browser. Its scripts come from a folder that the operator fills, never
//! from another host: it works on a network without internet access. While files are missing the page lists them.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::{Path as Segment, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use axum::response::{Html, IntoResponse};

use super::probe::not_found;
use super::state::ServerState;

/// The command that fills the folder.
const COMMAND: &str = "npm install --prefix FOLDER graphiql@3 react@18 react-dom@18";

/// The files that the page loads from the folder: the name in the URL, and the path where npm puts the file.
const FILES: [(&str, &str); 4] = [
    ("react.js", "node_modules/react/umd/react.production.min.js"),
    ("react-dom.js", "node_modules/react-dom/umd/react-dom.production.min.js"),
    ("graphiql.js", "node_modules/graphiql/graphiql.min.js"),
    ("graphiql.css", "node_modules/graphiql/graphiql.min.css"),
];

/// The content security policy: only what this server serves. GraphiQL sets inline styles and embeds its fonts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// `GET /graphiql`: the page, or the list of missing files; 404 where the configuration disables it.
pub async fn page(State(state): State<ServerState>) -> Response<Body> {
    if !state.access.graphiql {
        return not_found().await;
    }
    let folder = &state.access.graphiql_folder;
    let missing = missing(folder).await;
    let html =
        if missing.is_empty() { include_str!("page.html").to_owned() } else { missing_files_page(folder, &missing) };
    let headers = [(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-store")];
    (headers, Html(html)).into_response()
}

/// `GET /graphiql/{file}`: one of the page's files, and nothing else of the folder.
pub async fn file(State(state): State<ServerState>, Segment(name): Segment<String>) -> Response<Body> {
    if !state.access.graphiql {
        return not_found().await;
    }
    if name == "start.js" {
        return reply(JAVASCRIPT, include_str!("start.js").into());
    }
    let Some((_, path)) = FILES.iter().find(|(own, _)| *own == name) else { return not_found().await };
    match tokio::fs::read(state.access.graphiql_folder.join(path)).await {
        Ok(bytes) if Path::new(path).extension().is_some_and(|kind| kind == "css") => {
            reply("text/css; charset=utf-8", bytes)
        }
        Ok(bytes) => reply(JAVASCRIPT, bytes),
        Err(_) => not_found().await,
    }
}

fn reply(content_type: &'static str, bytes: Vec<u8>) -> Response<Body> {
    let mut reply = Response::new(Body::from(bytes));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    reply
}

/// The files that are not in the folder.
async fn missing(folder: &Path) -> Vec<PathBuf> {
    let mut missing = Vec::new();
    for (_, relative) in FILES {
        let path = folder.join(relative);
        if !tokio::fs::metadata(&path).await.is_ok_and(|found| found.is_file()) {
            missing.push(path);
        }
    }
    missing
}

/// The page that is shown while files of GraphiQL are missing.
fn missing_files_page(folder: &Path, missing: &[PathBuf]) -> String {
    let command = COMMAND.replace("FOLDER", &folder.to_string_lossy());
    let files: Vec<String> =
        missing.iter().map(|path| format!("<li>{}</li>", escaped(&path.to_string_lossy()))).collect();
    include_str!("needs.html").replace("{command}", &escaped(&command)).replace("{files}", &files.concat())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_its_files_the_page_names_them_and_the_command() {
        let folder = tempfile::tempdir().expect("a folder");
        let named = folder.path().join("<b>&c");
        let page = missing_files_page(&named, &missing(&named).await);
        assert_eq!(page.matches("<li>").count(), FILES.len(), "{page}");
        assert!(page.contains("npm install --prefix") && page.contains("&lt;b&gt;&amp;c"), "{page}");
        assert!(!page.contains("<b>") && !page.contains('{') && !page.contains("://"), "{page}");
    }

    #[tokio::test]
    async fn with_its_files_the_page_needs_no_other_host() {
        let folder = tempfile::tempdir().expect("a folder");
        for (_, relative) in FILES {
            let path = folder.path().join(relative);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, "x").expect("written");
        }
        assert_eq!(missing(folder.path()).await, Vec::<PathBuf>::new());
        let page = include_str!("page.html");
        assert!(!page.contains("://") && !include_str!("start.js").contains("://"));
        for (name, _) in FILES {
            assert!(page.contains(&format!("\"/graphiql/{name}\"")), "{name}");
        }
    }
}
