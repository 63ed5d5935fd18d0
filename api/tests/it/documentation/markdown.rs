//! Parses the Markdown documents of the repository into prose, blocks, headings and links, each with its line. The
//! sibling modules check them.

use std::path::{Path, PathBuf};

/// A Markdown document of the repository.
pub struct Document {
    /// The path from the root of the repository.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A fenced block.
pub struct Block<'a> {
    /// The word after the opening fence.
    pub language: &'a str,
    /// The lines of the document between the fences, counted from 0; the fences are the lines around them.
    pub lines: std::ops::Range<usize>,
    /// The name of the file that the paragraph above introduces the block as, like "`customers.csv`:".
    pub file: Option<&'a str>,
}

/// A piece of the prose of a document.
pub struct Found<'a> {
    /// The line, counted from 1.
    pub line: usize,
    /// The piece of text.
    pub text: &'a str,
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository")
}

/// The documents for readers: README.md, CONTRIBUTING.md, and the folder `docs`.
pub fn documents() -> Vec<Document> {
    let mut paths: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md"].map(|name| root().join(name)).to_vec();
    let docs = std::fs::read_dir(root().join("docs")).expect("the folder docs");
    let docs = docs.map(|entry| entry.expect("an entry").path());
    paths.extend(docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    paths.sort();
    let read = |path: PathBuf| Document {
        name: path.strip_prefix(root()).expect("inside").display().to_string(),
        text: std::fs::read_to_string(&path).expect("a readable document"),
    };
    paths.into_iter().map(read).collect()
}

impl Document {
    /// The fenced blocks, in order.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut blocks = Vec::new();
        let mut opened: Option<(&str, usize)> = None;
        for (at, line) in lines.iter().enumerate() {
            match (line.strip_prefix("```"), opened.take()) {
                (Some(language), None) => opened = Some((language.trim(), at + 1)),
                (Some(_), Some((language, first))) => {
                    blocks.push(Block { language, lines: first..at, file: introduced(&lines[..first - 1]) });
                }
                (None, still) => opened = still,
            }
        }
        assert!(opened.is_none(), "{}: a block without an end", self.name);
        blocks
    }

    /// The text of a block.
    pub fn text_of(&self, block: &Block<'_>) -> String {
        self.text
            .lines()
            .skip(block.lines.start)
            .take(block.lines.len())
            .fold(String::new(), |text, line| text + line + "\n")
    }

    /// The lines outside of blocks; those of blocks are empty.
    pub fn prose(&self) -> Vec<&str> {
        let blocks = self.blocks();
        let is_in_block =
            |at: usize| blocks.iter().any(|block| (block.lines.start - 1..=block.lines.end).contains(&at));
        self.text.lines().enumerate().map(|(at, line)| if is_in_block(at) { "" } else { line }).collect()
    }

    /// The code in the prose, without its backquotes.
    pub fn code(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        for (line, text) in (1..).zip(self.prose()) {
            let mut rest = text;
            while let Some(start) = rest.find('`') {
                let fence = rest[start..].bytes().take_while(|byte| *byte == b'`').count();
                let inside = &rest[start + fence..];
                let Some(end) = inside.find(&"`".repeat(fence)) else {
                    panic!("{}:{line}: code without an end on its line", self.name);
                };
                found.push(Found { line, text: inside[..end].trim() });
                rest = &inside[end + fence..];
            }
        }
        found
    }

    /// The targets of links and pictures.
    pub fn links(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        for (line, text) in (1..).zip(self.prose()) {
            for rest in text.split("](").skip(1) {
                let Some((text, _)) = rest.split_once(')') else { continue };
                found.push(Found { line, text });
            }
        }
        found
    }

    /// The headings without their number signs, in order.
    pub fn headings(&self) -> Vec<&str> {
        let prose = self.prose();
        prose.into_iter().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim()).collect()
    }
}

/// The anchor of a heading, as GitHub generates it.
pub fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// The last file name in code style in the paragraph directly above, when that paragraph ends with a colon.
fn introduced<'a>(above: &[&'a str]) -> Option<&'a str> {
    let last = above.iter().rev().find(|line| !line.trim().is_empty())?.trim_end();
    let name = last.strip_suffix(':')?.rsplit('`').nth(1)?;
    let (_, extension) = name.rsplit_once('.')?;
    ["csv", "json", "toml", "graphql"].contains(&extension).then_some(name)
}
