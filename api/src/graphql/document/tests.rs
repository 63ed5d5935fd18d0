//! Requests with texts and ids of documents, with and without a manifest.

use super::*;

const TEXT: &str = "{ viewer { name } }";

/// The text that is found, or the error.
fn resolve(documents: &DocumentStore, sent: Option<&str>, id: Option<&str>) -> Result<String, DocumentError> {
    documents.find(sent.map(str::to_owned), id).map(|found| found.text)
}

fn with_manifest(json: &str, only: bool) -> Result<DocumentStore, ManifestError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("manifest.json");
    std::fs::write(&path, json).expect("written");
    DocumentStore::default().with_manifest(&path, only)
}

#[test]
fn a_document_is_found_by_its_hash_after_it_was_executed() {
    let documents = DocumentStore::default();
    let hash = hex(TEXT);
    assert_eq!(resolve(&documents, None, Some(&hash)), Err(DocumentError::NotFound));
    let first = documents.find(Some(TEXT.to_owned()), Some(&hash)).expect("found");
    assert_eq!(resolve(&documents, None, Some(&hash)), Err(DocumentError::NotFound), "it was not executed yet");
    documents.store(first.hash_to_store.expect("a hash"), &first.text);
    assert_eq!(resolve(&documents, None, Some(&hash)), Ok(TEXT.to_owned()));
    assert_eq!(resolve(&documents, None, Some(&hash.to_uppercase())), Ok(TEXT.to_owned()));
    assert_eq!(resolve(&documents, Some("{ other }"), Some(&hash)), Err(DocumentError::Mismatch));
    assert_eq!(resolve(&documents, Some(TEXT), Some("nonsense")), Err(DocumentError::Mismatch));
    assert_eq!(resolve(&documents, None, Some("nonsense")), Err(DocumentError::NotFound));
    assert_eq!(resolve(&documents, Some(TEXT), None), Ok(TEXT.to_owned()));
    assert_eq!(resolve(&documents, None, None), Err(DocumentError::Missing));
}

#[test]
fn without_persisted_queries_an_id_is_not_supported() {
    let (documents, hash) = (DocumentStore::new(None), hex(TEXT));
    assert_eq!(resolve(&documents, None, Some(&hash)), Err(DocumentError::NotSupported));
    assert_eq!(
        documents.find(Some(TEXT.to_owned()), Some(&hash)),
        Ok(ResolvedDocument { text: TEXT.to_owned(), hash_to_store: None })
    );
}

#[test]
fn both_formats_of_a_manifest_are_read_and_a_broken_one_is_explained() {
    let apollo = format!(
        r#"{{"format": "apollo-persisted-query-manifest", "version": 1,
            "operations": [{{"id": "a1", "name": "V", "type": "query", "body": "{TEXT}"}}]}}"#
    );
    for json in [apollo.as_str(), r#"{"a1": "{ viewer { name } }"}"#] {
        let documents = with_manifest(json, false).expect("a manifest");
        assert_eq!(resolve(&documents, None, Some("a1")), Ok(TEXT.to_owned()));
        assert_eq!(resolve(&documents, None, Some("a2")), Err(DocumentError::NotFound));
        assert_eq!(resolve(&documents, Some("{ other }"), None), Ok("{ other }".to_owned()));
    }
    for (json, expected) in [
        ("[]", "is not a manifest"),
        ("{", "is not a manifest"),
        (r#"{"format": "other", "operations": []}"#, "unknown format"),
        (r#"{"a1": "{ viewer { name }"}"#, "has an invalid document under \"a1\""),
    ] {
        let error = with_manifest(json, false).expect_err(json).to_string();
        assert!(error.contains(expected), "{error}");
    }
    let missing = DocumentStore::default().with_manifest(Path::new("no/such/file.json"), true);
    assert!(missing.expect_err("no file").to_string().starts_with("cannot read the manifest no/such/file.json"));
}

#[test]
fn where_only_the_manifest_is_trusted_nothing_else_is_executed() {
    let documents = with_manifest(r#"{"a1": "{ viewer { name } }"}"#, true).expect("a manifest");
    assert_eq!(resolve(&documents, None, Some("a1")), Ok(TEXT.to_owned()));
    assert_eq!(resolve(&documents, Some(TEXT), None), Ok(TEXT.to_owned()), "the very text of the manifest");
    assert_eq!(resolve(&documents, Some("{ viewer { role } }"), None), Err(DocumentError::NotTrusted));
    let other = "{ viewer { role } }";
    assert_eq!(resolve(&documents, Some(other), Some(&hex(other))), Err(DocumentError::NotTrusted));
    assert_eq!(resolve(&documents, None, Some(&hex(other))), Err(DocumentError::NotFound));
}

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}
