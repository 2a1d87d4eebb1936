//! `tabletsim explore`: the page of `view` with a world behind it, for whoever sits at this
//! machine.
//!
//! It listens on the loopback address only, and answers only a page that it has served itself:
//! another site that is open in the same browser has another `Origin`, and one that gives its
//! own name to this address has another `Host`.

use super::complain;
use super::input::InputArgs;
use super::out::Out;
use crate::scenario::Scenario;
use crate::view::{Live, Named, Page, Shown, page};
use actix_web::dev::{Service, ServiceRequest};
use actix_web::http::header::{HOST, HeaderName, ORIGIN};
use actix_web::web::{self, Data, Json};
use actix_web::{App, HttpResponse, HttpServer, rt};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `explore`.
#[derive(Args)]
#[command(after_help = "\
Open the address that is printed. Step to a moment and choose there: which pending event comes
next, a pipe to reset, a cut to reboot at. Each choice is a fault; the run is made again with it.
Ctrl-C ends it.

Example:
  tabletsim explore sim/scenarios/tiny.sim --save found.sim")]
pub(super) struct ExploreArgs {
    /// The scenario
    file: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// Where 'save' writes the scenario with its faults; the name with '-explored' in the current
    /// folder, if it is not given
    #[arg(long, value_name = "FILE.sim")]
    save: Option<PathBuf>,
    /// The port on the loopback address; a free one if it is not given
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    live: Live,
    name: String,
    save: PathBuf,
    /// The arguments that make the same run of a saved file.
    again: String,
}

/// What a page asks for.
#[derive(Deserialize)]
struct Asked {
    path: Vec<String>,
}

/// Serves the page until it is stopped.
pub(super) fn explore(args: &ExploreArgs, out: &mut Out) -> ExitCode {
    match desk(args).and_then(|desk| serve(desk, args.port, out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => complain(&message),
    }
}

fn desk(args: &ExploreArgs) -> Result<Desk, String> {
    let scenario = Scenario::load(&args.file).map_err(|error| error.to_string())?;
    let options = args.input.options(&scenario)?;
    let seed = options.seed.or(scenario.seed()).unwrap_or(1);
    let script = std::fs::read_to_string(&args.file).map_err(|error| format!("{}: {error}", args.file.display()))?;
    let stem = args.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Desk {
        live: Live::new(args.file.clone(), script, options),
        save: args.save.clone().unwrap_or_else(|| Path::new(&format!("{stem}-explored.sim")).to_owned()),
        name: args.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        again: args.input.lasting(seed),
    })
}

fn serve(desk: Desk, port: u16, out: &mut Out) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("port {port} on the loopback address: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?.to_string();
    out.line(format_args!("http://{address}/"));
    let _ = out.flush();
    let desk = Data::new(desk);
    let app = move || {
        let address = address.clone();
        App::new()
            .app_data(desk.clone())
            .wrap_fn(move |request, service| {
                let answer = is_own(&request, &address).then(|| service.call(request));
                async move {
                    match answer {
                        Some(answer) => answer.await,
                        None => Err(actix_web::error::ErrorForbidden("only this page may ask")),
                    }
                }
            })
            .route("/", web::get().to(first))
            .route("/run", web::post().to(again))
            .route("/save", web::post().to(save))
    };
    let server = HttpServer::new(app).workers(1).listen(listener).map_err(failed)?;
    rt::System::new().block_on(server.run()).map_err(failed)
}

/// Whether a request comes from the page that is served here.
fn is_own(request: &ServiceRequest, address: &str) -> bool {
    let header = |name: HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let is_this = |host: &str| {
        let port = address.rsplit_once(':').map_or("", |(_, port)| port);
        host == address || host.strip_prefix("localhost:") == Some(port)
    };
    let from = header(ORIGIN).is_none_or(|origin| origin.strip_prefix("http://").is_some_and(is_this));
    from && header(HOST).is_some_and(is_this)
}

async fn first(desk: Data<Desk>) -> HttpResponse {
    match shown(&desk, &[]) {
        Ok((run, explore)) => {
            let html = page(&Page { run, against: None, explore: Some(explore) });
            HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html)
        }
        Err(message) => HttpResponse::InternalServerError().body(message),
    }
}

async fn again(desk: Data<Desk>, asked: Json<Asked>) -> HttpResponse {
    match shown(&desk, &asked.path) {
        Ok((run, explore)) => answer(&Page { run, against: None, explore: Some(explore) }.data()),
        Err(message) => answer(&json!({ "error": message })),
    }
}

async fn save(desk: Data<Desk>, asked: Json<Asked>) -> HttpResponse {
    let written = desk.live.script(&asked.path).and_then(|script| {
        std::fs::write(&desk.save, script).map_err(|error| format!("{}: {error}", desk.save.display()))
    });
    let command = format!("tabletsim run {}{}", desk.save.display(), desk.again);
    answer(&written.map_or_else(|message| json!({ "error": message }), |()| json!({ "command": command })))
}

fn answer(value: &Value) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(value.to_string())
}

/// The run of a path, and what the page's explorer is told about it.
fn shown(desk: &Desk, path: &[String]) -> Result<(Shown, Value), String> {
    let (outcome, memory) = desk.live.run(path)?;
    let command = format!("tabletsim view {}{}", desk.live.file().display(), desk.again);
    let explore = json!({ "path": path, "hash": format!("{:016x}", outcome.trace_hash) });
    let named = Named { name: desk.name.clone(), command, script: desk.live.original().to_owned() };
    let run = Shown { schedule: path.join("; "), ..Shown::of(named, &outcome, memory) };
    Ok((run, explore))
}
