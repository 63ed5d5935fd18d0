//! Tests of the product from outside: its binary, its sockets, its schema, its pages in a browser, and third-party
//! clients.

mod binary;
mod browser;
mod command_line;
mod configuration;
mod conformance;
mod damage;
mod documentation;
mod evolution;
mod foreign_export;
mod full_disk;
mod graphql_guide;
mod hook;
mod live;
mod memory;
mod observability;
mod price;
mod program;
mod schema;
mod web_client;
