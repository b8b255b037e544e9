//! What a browser does, with and without JavaScript.

use crate::support::{Api, Reply};
use axum::{
    body::Body,
    http::{Request, request::Builder},
};

/// A browser: it keeps a cookie.
pub(crate) struct Browser<'a> {
    api: &'a Api,
    cookie: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(api: &'a Api) -> Self {
        Self { api, cookie: String::new() }
    }

    /// What it keeps.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Signed in as the organization's administrator, by the one-time link.
    pub(crate) async fn signed_in(api: &'a Api) -> Self {
        Self::by_link(api, &api.organization.sign_in_token).await
    }

    /// Signed in by a one-time link.
    pub(crate) async fn by_link(api: &'a Api, token: &str) -> Self {
        let mut browser = Self::new(api);
        let link = format!("/sign-in/{token}");
        let reply = browser.get(&link).await;
        assert_eq!((reply.status, reply.header("location")), (303, Some("/")));
        browser
    }

    /// Signed in as an operator, by a one-time link.
    pub(crate) async fn operating(api: &'a Api) -> Self {
        let mut browser = Self::new(api);
        let reply = browser.get(&api.operator_link("console@allot.test").await).await;
        assert_eq!((reply.status, reply.header("location")), (303, Some("/operator")));
        browser
    }

    async fn send(&mut self, request: Builder, accept: &str, body: String) -> Reply {
        let request = request
            .header("cookie", &self.cookie)
            .header("accept", accept)
            .header("host", "allot.test");
        let reply = self.api.send(request.body(Body::from(body)).unwrap()).await;
        if let Some(cookie) = reply.header("set-cookie") {
            cookie.split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        reply
    }

    /// Calls the API with the cookie and without a key.
    pub(crate) async fn request(&mut self, method: &str, path: &str) -> Reply {
        let request = Request::builder().method(method).uri(path);
        self.send(request, "application/json", String::new()).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path), "text/html", String::new()).await
    }

    /// Posts a form from a page of `origin`, without JavaScript.
    pub(crate) async fn post(&mut self, path: &str, form: &str, origin: &str) -> Reply {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", origin)
            .header("referer", "http://allot.test/enterprise/quota-management");
        self.send(request, "text/html", form.to_owned()).await
    }

    /// Calls a server function as the page's own code does.
    pub(crate) async fn call(&mut self, path: &str, form: &str) -> Reply {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, "application/json", form.to_owned()).await
    }
}
