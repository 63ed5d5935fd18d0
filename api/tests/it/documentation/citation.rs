//! Checks the citations of documents in the sources: they must name a file and a heading, never a section number.

use std::path::Path;

use super::markdown::{Document, root};

/// Broken citations: of a document or heading that does not exist, or by the number of a section.
pub fn lost(documents: &[Document]) -> Vec<String> {
    let mut lost = Vec::new();
    for top in ["api", "entity", "jobs", "migration", "tests"] {
        visit(&root().join(top), &mut |path, source| {
            let name = path.strip_prefix(root()).unwrap_or(path).display();
            lost.extend(of_source(source, documents).into_iter().map(|what| format!("{name}: {what}")));
        });
    }
    lost
}

/// The broken citations in one source file.
fn of_source(source: &str, documents: &[Document]) -> Vec<String> {
    let text = joined(source);
    let mut lost = Vec::new();
    for (at, _) in text.match_indices(".md") {
        let start = text[..at].rfind(|letter: char| !letter.is_ascii_alphanumeric() && !"-_/".contains(letter));
        let path = format!("{}.md", &text[start.map_or(0, |start| start + 1)..at]);
        let Some(document) = documents.iter().find(|document| document.name == path) else {
            if path.starts_with("docs/")
                || documents.iter().any(|document| document.name.ends_with(&format!("/{path}")))
            {
                lost.push(format!("cites {path}: name a document by its path, like docs/statistics.md"));
            }
            continue;
        };
        let rest = text[at + ".md".len()..].trim_start_matches('`');
        let Some(cited) = rest.strip_prefix(", ") else { continue };
        if let Some((heading, _)) = cited.strip_prefix('"').and_then(|cited| cited.split_once('"')) {
            if !document.headings().contains(&heading) {
                lost.push(format!("cites \"{heading}\", which is no heading of {path}"));
            }
        } else if ["point", "section", "chapter", "part"].iter().any(|word| cited.starts_with(word)) {
            let cited: String = cited.chars().take(20).collect();
            lost.push(format!("cites {path} by \"{cited}\": cite a heading in quotation marks"));
        }
    }
    lost
}

/// A source file with the lines of each comment joined.
fn joined(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.lines() {
        if let Some(comment) = line.trim_start().strip_prefix("//") {
            text.push(' ');
            text.push_str(comment.trim_start_matches(['/', '!']).trim());
        } else {
            text.push('\n');
            text.push_str(line);
        }
    }
    text
}

fn visit(folder: &Path, check: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "node_modules" && name != "target" {
            visit(&path, check);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap_or_default();
            check(&path, &source);
        }
    }
}

#[test]
fn a_wrong_heading_and_a_number_are_found_across_the_lines_of_a_comment() {
    let text = "# A\n\n## Many looks\n".to_owned();
    let documents = [Document { name: "docs/a*".replace('*', ".md"), text }];
    // Written with a star, so that this source file contains no citation itself.
    let of = |source: &str| of_source(&source.replace('*', ".md"), &documents);
    let good = "/// The level (`docs/a*`,\n/// \"Many looks\").\nlet text = include_str!(\"docs/a*\");";
    assert_eq!(of(good), Vec::<String>::new());
    for wrong in ["// docs/a*, \"Looks\"", "// `docs/a*`,\n// point 4", "// a*, \"Many looks\"", "// docs/b*"] {
        assert_eq!(of(wrong).len(), 1, "{wrong}");
    }
}
