//! Receivers on this machine: a mail server that speaks SMTP, and a web server that replies with given statuses.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The messages that a receiver was sent, oldest first.
pub type ReceivedMessages = Arc<Mutex<Vec<String>>>;

/// The messages that a receiver was sent so far.
pub fn taken(received: &ReceivedMessages) -> Vec<String> {
    received.lock().expect("no panic").clone()
}

/// How the mail server treats messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailBehaviour {
    /// Accepts every message.
    Takes,
    /// Refuses this recipient permanently.
    Refuses(&'static str),
    /// Is busy for so many messages, then accepts them.
    Busy(usize),
    /// Accepts the message and closes the connection without a reply.
    Vanishes,
}

/// Starts a mail server; returns its port and the messages that it accepts, each with its recipient and text.
pub fn mail_server(behaviour: MailBehaviour) -> (u16, ReceivedMessages) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (port, received) = (listener.local_addr().expect("an address").port(), ReceivedMessages::default());
    let (messages, tries) = (Arc::clone(&received), Arc::new(Mutex::new(0)));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (messages, tries) = (Arc::clone(&messages), Arc::clone(&tries));
            std::thread::spawn(move || {
                print_failure(converse(stream.expect("a connection"), behaviour, &messages, &tries));
            });
        }
    });
    (port, received)
}

/// Prints a broken conversation. Whether it is a fault shows in what was received; the output only explains a failing
/// test.
fn print_failure(conversation: io::Result<()>) {
    if let Err(error) = conversation {
        eprintln!("a conversation with a receiver broke off: {error}");
    }
}

fn converse(
    mut stream: TcpStream,
    behaviour: MailBehaviour,
    messages: &ReceivedMessages,
    tries: &Mutex<usize>,
) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut reader = String::new();
    write!(stream, "220 test ESMTP\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?;
        let word = line.split_whitespace().next().unwrap_or_default().to_uppercase();
        let reply = match word.as_str() {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "RCPT" => {
                line.split(['<', '>']).nth(1).expect("a reader").clone_into(&mut reader);
                if behaviour == MailBehaviour::Refuses("ada@example.org") && reader == "ada@example.org" {
                    "550 no such reader"
                } else {
                    "250 ok"
                }
            }
            "DATA" => {
                write!(stream, "354 go on\r\n")?;
                let is_text = |line: &io::Result<String>| line.as_ref().map_or(true, |line| line != ".");
                let text = lines.by_ref().take_while(is_text).collect::<io::Result<Vec<String>>>()?;
                let mut tries = tries.lock().expect("no panic");
                *tries += 1;
                match behaviour {
                    MailBehaviour::Busy(times) if *tries <= times => "451 try again later",
                    MailBehaviour::Vanishes => {
                        messages.lock().expect("no panic").push(format!("{reader}\n{}", text.join("\n")));
                        return Ok(());
                    }
                    _ => {
                        messages.lock().expect("no panic").push(format!("{reader}\n{}", text.join("\n")));
                        "250 taken"
                    }
                }
            }
            "QUIT" => {
                return write!(stream, "221 bye\r\n");
            }
            _ => "250 ok",
        };
        write!(stream, "{reply}\r\n")?;
    }
    Ok(())
}

/// Starts a web server that replies with these statuses in turn and then with 200, or with nothing for 0; returns its
/// port and the body of each request.
pub fn web_server(statuses: &'static [u16]) -> (u16, ReceivedMessages) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (port, received) = (listener.local_addr().expect("an address").port(), ReceivedMessages::default());
    let messages = Arc::clone(&received);
    std::thread::spawn(move || {
        for (place, stream) in listener.incoming().enumerate() {
            print_failure(reply(stream.expect("a connection"), statuses.get(place).copied().unwrap_or(200), &messages));
        }
    });
    (port, received)
}

fn reply(mut stream: TcpStream, status: u16, messages: &ReceivedMessages) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    messages.lock().expect("no panic").push(String::from_utf8(body).expect("text"));
    if status != 0 {
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")?;
    }
    Ok(())
}
