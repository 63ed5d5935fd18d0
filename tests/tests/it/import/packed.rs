//! Files that are compressed or in an archive: unpacked within limits, and nothing is stored of damaged ones.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use needle_import::FileKind;
use needle_tests::{ImportFixture, SpreadsheetFixture, TestDatabase, archive, on_both_databases};

use super::{counts, importer, refused};

const TEXT: &str = "response_id,score,responded_at\nr1,9,2024-07-01\nr2,3,2024-07-02\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

async fn compressed_files_are_read(test: &TestDatabase) {
    let wide: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let sheet = SpreadsheetFixture::of(
        "Data",
        &[&["response_id", "score", "responded_at"], &["r1", "9", "2024-07-01"], &["r2", "3", "2024-07-02"]],
    );
    let in_parts = [gzip(&TEXT.as_bytes()[..40]), gzip(&TEXT.as_bytes()[40..])].concat();
    let zipped = archive([
        ("__MACOSX/._export.csv", b"\0\x05\x16\x07".as_slice()),
        ("2024/export.csv", TEXT.as_bytes()),
        ("2024/.DS_Store", b"\0".as_slice()),
    ]);
    let files = [gzip(TEXT.as_bytes()), in_parts, gzip(&wide), zipped, gzip(&sheet.xlsx()), gzip(&sheet.ods())];
    for (at, file) in files.into_iter().enumerate() {
        let expected = if at == 0 { (2, 0, 0, 0) } else { (0, 0, 2, 0) };
        assert_eq!(counts(&ImportFixture::of(test).responses(file).await), expected, "{at}");
    }
    let zipped = archive([("export.xlsx", sheet.xlsx().as_slice())]);
    let (_, plan) = ImportFixture::of(test).planned(FileKind::Responses, zipped).await;
    assert_eq!(plan.notes, ["\"export.xlsx\" of the zip archive is read", "the sheet \"Data\" is read"]);
}

async fn damaged_files_change_nothing(test: &TestDatabase) {
    let rows = (0..20_000).map(|at| format!("r{at},{},2024-07-01", at % 11));
    let lines = super::file("response_id,score,responded_at", rows);
    let whole = gzip(lines.as_bytes());
    let mut wrong = whole.clone();
    let checksum = wrong.len() - 8;
    wrong[checksum] ^= 1;
    let mut zipped = archive([("export.csv", lines.as_bytes())]);
    let inside = zipped.len() / 2;
    let cut = zipped[..inside].to_vec();
    zipped[inside] ^= 0x55;
    let sheet = SpreadsheetFixture::of("Data", &[&["response_id"]]).xlsx();
    let cases =
        [&whole[..whole.len() / 2], &whole[..whole.len() - 4], &wrong, &zipped, &cut, &sheet[..sheet.len() - 40]];
    for (at, file) in cases.into_iter().enumerate() {
        let message = refused(test, &importer(test), file).await;
        assert!(message.contains("is damaged or cut off"), "{at}: {message}");
    }
}

async fn archives_of_several_files_and_of_archives_are_refused(test: &TestDatabase) {
    let several = archive([("a.csv", TEXT.as_bytes()), ("b.csv", TEXT.as_bytes())]);
    let message = refused(test, &importer(test), several).await;
    assert!(message.starts_with("the zip archive holds 2 files (\"a.csv\", \"b.csv\"): unpack it"), "{message}");
    let empty = archive([("folder/.DS_Store", b"".as_slice())]);
    assert_eq!(refused(test, &importer(test), empty).await, "the zip archive holds no file");
    let zipped = archive([("a.csv", TEXT.as_bytes())]);
    for nested in [gzip(&gzip(TEXT.as_bytes())), gzip(&zipped), archive([("a.zip", zipped.as_slice())])] {
        let message = refused(test, &importer(test), nested).await;
        assert!(message.contains("holds another archive: unpack it"), "{message}");
    }
}

async fn bombs_are_not_unpacked(test: &TestDatabase) {
    let bomb = vec![b'a'; 80 << 20];
    for file in [gzip(&bomb), archive([("a.csv", bomb.as_slice())])] {
        let message = refused(test, &importer(test), file).await;
        assert!(message.contains("holds more than 200 times its own size: it is not unpacked"), "{message}");
    }
}

async fn other_files_are_named_for_what_they_are(test: &TestDatabase) {
    for (file, expected) in [
        (b"$FL2@(#) SPSS DATA FILE".to_vec(), "data of SPSS"),
        (b"%PDF-1.7\n".to_vec(), "a PDF"),
        (archive([("[Content_Types].xml", b"<Types/>".as_slice()), ("xl/workbook.bin", b"".as_slice())]), ".xlsb"),
        (
            archive([("[Content_Types].xml", b"<Types/>".as_slice()), ("word/document.xml", b"".as_slice())]),
            "an office program",
        ),
        (archive([("Index/Document.iwa", b"".as_slice())]), "Apple's programs"),
        (gzip(b"%PDF-1.7\n"), "a PDF"),
    ] {
        let message = refused(test, &importer(test), file).await;
        assert!(message.starts_with("the file is not delimited text but") && message.contains(expected), "{message}");
    }
}

on_both_databases!(
    compressed_files_are_read,
    damaged_files_change_nothing,
    archives_of_several_files_and_of_archives_are_refused,
    bombs_are_not_unpacked,
    other_files_are_named_for_what_they_are,
);
